import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { inspectForError, invalidParameter } from '../errors/index.js';
import { EXPOSITION_TYPE } from '../observe/index.js';
import type { Conclude } from './request_log.js';
import type { HttpAnswer } from './scripted_answers.js';
import { linkOfTarget } from './upgrade_request.js';

/** A plain HTTP request that a route takes. */
export interface RouteRequest {
  readonly method: string;
  /** Without the service's path prefix and without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** By lower-case name. */
  readonly headers: Readonly<IncomingHttpHeaders>;
  /** Of "Authorization: Bearer". */
  readonly token: string | undefined;
  readonly body: string;
}

/** `body` goes out as it is when it is a string, else as JSON. Default 200 and no body. */
export interface RouteAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export type RouteHandler = (request: RouteRequest) => RouteAnswer | Promise<RouteAnswer>;

/** As much as TiRtcServiceRequest() sends. */
const MAX_BODY_BYTES = 64 * 1024;

/** The routes that a test defined, and the answers to requests that are for none of them. */
export class Routes {
  readonly #pathPrefix: string;
  readonly #handlers = new Map<string, RouteHandler>();

  readonly #builtIn: Readonly<Record<string, RouteHandler>>;

  /** `builtIn` are what the service answers by itself, by method and path, unless a route takes their place. */
  constructor(pathPrefix: string, builtIn: Readonly<Record<string, RouteHandler>> = {}) {
    this.#pathPrefix = pathPrefix;
    this.#builtIn = builtIn;
  }

  /** Define or replace a route; without a handler, take it away. */
  set(method: string, path: string, handler: RouteHandler | undefined): void {
    if (!/^[A-Z]+$/.test(method)) {
      throw invalidParameter(`the method of a route is ${inspectForError(method)}`, 'write it like "POST"');
    }
    if (!/^\/[!-"$->@-~]*$/.test(path)) {
      const expected = 'begin it with /, without a query; each request brings its own';
      throw invalidParameter(`the path ${inspectForError(path)} of a route cannot be used`, expected);
    }
    if (linkOfTarget(path, '') !== undefined) {
      throw invalidParameter(`the path ${path} is that of a link`, 'choose another, or use answerNext()');
    }
    if (handler !== undefined && typeof handler !== 'function') {
      throw invalidParameter(`the handler of ${method} ${path} is no function`, 'give one that returns the answer');
    }
    if (handler === undefined) this.#handlers.delete(`${method} ${path}`);
    else this.#handlers.set(`${method} ${path}`, handler);
  }

  /** Answer a request whose path is none of a link. `missing` says why it is not found when no route takes it. */
  async answer(request: IncomingMessage, response: ServerResponse, conclude: Conclude, missing: string): Promise<void> {
    const finish = (answer: HttpAnswer, explanation?: string): void => {
      respond(response, answer);
      conclude(String(answer.status), explanation);
    };
    const refuse = (status: number, explanation: string) => finish({ status, body: `${explanation}\n` }, explanation);
    const path = this.#pathOf(request.url ?? '');
    const name = `${request.method} ${path}`;
    const handler = this.#handlers.get(name) ?? (Object.hasOwn(this.#builtIn, name) ? this.#builtIn[name] : undefined);
    if (handler === undefined) {
      refuse(404, this.#explain(missing));
      return;
    }
    try {
      const body = await readBody(request);
      if (body === undefined) refuse(413, `the body is larger than ${MAX_BODY_BYTES} bytes`);
      else finish(toAnswer(await handler(routeRequest(request, path, body))));
    } catch (error) {
      if (request.destroyed && !request.complete) conclude('closed', 'it went away before all of it had come');
      else refuse(500, `the handler of the route ${request.method} ${path} failed: ${String(error)}`);
    }
  }

  #pathOf(target: string): string {
    const path = target.split('?', 1)[0] ?? '';
    return path.startsWith(`${this.#pathPrefix}/`) ? path.slice(this.#pathPrefix.length) : '';
  }

  #explain(missing: string): string {
    const routes = [...this.#handlers.keys()];
    if (routes.length === 0) return `${missing}; no routes are defined, service.route() defines one`;
    const shown = routes.map((route) => route.replace(' ', ` ${this.#pathPrefix}`)).join(', ');
    return `${missing}; the routes that are defined are ${shown}`;
  }
}

export function metricsAnswer(text: string): RouteAnswer {
  return { headers: { 'Content-Type': EXPOSITION_TYPE }, body: text };
}

function routeRequest({ method = '', url = '', headers }: IncomingMessage, path: string, body: string): RouteRequest {
  const [, token] = /^Bearer +([^ ]+)$/i.exec(headers.authorization ?? '') ?? [];
  const queryAt = url.indexOf('?');
  const query = new URLSearchParams(queryAt < 0 ? '' : url.slice(queryAt + 1));
  return { method, path, query, headers, token, body };
}

/** All of it is read, so that an answer can be given; undefined when it was too large to be kept. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return bytes <= MAX_BODY_BYTES ? Buffer.concat(chunks).toString('utf8') : undefined;
}

function toAnswer({ status = 200, headers = {}, body = '' }: RouteAnswer): HttpAnswer {
  const isText = typeof body === 'string';
  const type = isText ? 'text/plain; charset=utf-8' : 'application/json';
  return { status, headers: { 'Content-Type': type, ...headers }, body: isText ? body : JSON.stringify(body) };
}

function respond(response: ServerResponse, { status, headers = {}, body = '' }: HttpAnswer): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close', ...headers });
  response.end(body);
}
