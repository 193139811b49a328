import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { inspectForError, invalidParameter } from '../errors/index.js';
import { EXPOSITION_TYPE } from '../observe/index.js';
import type { Conclude } from './request_log.js';
import { type RouteAnswer, toHttpAnswer } from './route_answer.js';
import type { HttpAnswer } from './scripted_answers.js';

/** A plain HTTP request to a route. */
export interface RouteRequest {
  readonly method: string;
  /** Without the service's path prefix and without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** By lower-case name. */
  readonly headers: Readonly<IncomingHttpHeaders>;
  /** The token in "Authorization: Bearer". */
  readonly token: string | undefined;
  readonly body: string;
}

/** Returns the answer to a request. If it throws or rejects, the request is answered with 500. */
export type RouteHandler = (request: RouteRequest) => RouteAnswer | Promise<RouteAnswer>;

/** The most that TiRtcServiceRequest() sends. */
const MAX_BODY_BYTES = 64 * 1024;

/** The plain HTTP requests that the service answers, and the explanation for all others. */
export class Routes {
  readonly #pathPrefix: string;
  readonly #handlers = new Map<string, RouteHandler>();
  readonly #metrics: () => string;
  readonly #reportError: (error: unknown) => void;

  /** `metrics` returns the answer to `GET /metrics`, unless a route replaces it. `reportError` is called when a handler
   *  failed or returned something else than an answer. */
  constructor(pathPrefix: string, metrics: () => string, reportError: (error: unknown) => void) {
    this.#pathPrefix = pathPrefix;
    this.#metrics = metrics;
    this.#reportError = reportError;
  }

  /** Define or replace a route; without a handler, remove it. */
  set(method: string, path: string, handler: RouteHandler | undefined): void {
    if (!/^[A-Z]+$/.test(method)) {
      throw invalidParameter(`the method of a route is ${inspectForError(method)}`, 'use upper case, like "POST"');
    }
    if (!/^\/[!-"$->@-~]*$/.test(path)) {
      const expected = 'use a path that begins with / and has no query: the handler receives the query of each request';
      throw invalidParameter(`the path ${inspectForError(path)} of a route is invalid`, expected);
    }
    if (handler !== undefined && typeof handler !== 'function') {
      throw invalidParameter(
        `the handler of ${method} ${path} must be a function`,
        'give a function that returns the answer',
      );
    }
    if (handler === undefined) this.#handlers.delete(`${method} ${path}`);
    else this.#handlers.set(`${method} ${path}`, handler);
  }

  /** Returns the handler of a request, if it has a route. */
  find(request: IncomingMessage): RouteHandler | undefined {
    const name = `${request.method} ${this.#pathOf(request.url ?? '')}`;
    return this.#handlers.get(name) ?? (name === 'GET /metrics' ? this.#answerMetrics : undefined);
  }

  /** Returns what to do about a request without a route. */
  explain(): string {
    const routes = [...this.#handlers.keys()];
    if (routes.length === 0) return 'no routes are defined: define one with service.route() or tirtc serve --routes';
    return `the defined routes are ${routes.map((route) => route.replace(' ', ` ${this.#pathPrefix}`)).join(', ')}`;
  }

  /** Answer a request with what its handler returns. */
  async answer(
    handler: RouteHandler,
    request: IncomingMessage,
    response: ServerResponse,
    conclude: Conclude,
  ): Promise<void> {
    const finish = (answer: HttpAnswer, explanation?: string): void => {
      respond(response, answer);
      conclude(String(answer.status), explanation);
    };
    const refuse = (status: number, explanation: string) => finish({ status, body: `${explanation}\n` }, explanation);
    const path = this.#pathOf(request.url ?? '');
    const name = `${request.method} ${path}`;
    try {
      const body = await readBody(request);
      if (body === undefined) refuse(413, `the body is larger than ${MAX_BODY_BYTES} bytes`);
      else finish(toHttpAnswer(`the answer of the route ${name}`, await handler(routeRequest(request, path, body))));
    } catch (error) {
      if (request.destroyed && !request.complete) {
        conclude('closed', 'the client closed before the request was complete');
        return;
      }
      refuse(500, `the handler of the route ${name} failed: ${String(error)}`);
      this.#reportError(error);
    }
  }

  readonly #answerMetrics = (): RouteAnswer => {
    return { raw: { headers: { 'Content-Type': EXPOSITION_TYPE }, body: this.#metrics() } };
  };

  #pathOf(target: string): string {
    const path = target.split('?', 1)[0] ?? '';
    return path.startsWith(`${this.#pathPrefix}/`) ? path.slice(this.#pathPrefix.length) : '';
  }
}

function routeRequest({ method = '', url = '', headers }: IncomingMessage, path: string, body: string): RouteRequest {
  const [, token] = /^Bearer +([^ ]+)$/i.exec(headers.authorization ?? '') ?? [];
  const queryAt = url.indexOf('?');
  const query = new URLSearchParams(queryAt < 0 ? '' : url.slice(queryAt + 1));
  return { method, path, query, headers, token, body };
}

/** Read a body to its end, so that the client receives the answer. Resolves with undefined if it was too large. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return bytes <= MAX_BODY_BYTES ? Buffer.concat(chunks).toString('utf8') : undefined;
}

/** Send an answer, and close the connection. */
export function respond(response: ServerResponse, { status, headers = {}, body = '' }: HttpAnswer): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close', ...headers });
  response.end(body);
}
