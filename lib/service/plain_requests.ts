import type { IncomingMessage, ServerResponse } from 'node:http';
import { inspectForError, redactTokens } from '../errors/index.js';
import { SUBPROTOCOL } from '../wire/index.js';
import { HttpAccess } from './http_access.js';
import type { ServiceSettings } from './options.js';
import type { RefusalLog, RequestRefusal } from './refusal_log.js';
import type { RequestLog } from './request_log.js';
import { type Routes, respond } from './routes.js';
import { explainPath, faultOfHost, linkOfTarget } from './upgrade_request.js';

export interface PlainRequestsContext {
  readonly settings: ServiceSettings;
  readonly requestLog: RequestLog;
  readonly refusalLog: RefusalLog;
  readonly routes: Routes;
}

const NOT_A_LINK = `this path is only for WebSockets with the subprotocol ${SUBPROTOCOL}; to answer plain requests, define a route`;
const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE';

/** The requests that are not upgrades: checks who sends them, and lets the routes answer them. */
export class PlainRequests {
  readonly #context: PlainRequestsContext;
  readonly #access: HttpAccess;

  constructor(context: PlainRequestsContext) {
    this.#context = context;
    const { host, allowHosts, cors } = context.settings;
    this.#access = new HttpAccess({ host, allowHosts, cors, methods: METHODS });
  }

  answer(message: IncomingMessage, response: ServerResponse): void {
    const { settings, requestLog, refusalLog, routes } = this.#context;
    const target = message.url ?? '';
    const link = linkOfTarget(target, settings.pathPrefix);
    const conclude = requestLog.add(message, link ?? 'none', settings.clock.wallMs());
    const handler = routes.find(message);
    const verdict = this.#access.check(message);
    for (const [name, value] of Object.entries(verdict.headers)) response.setHeader(name, value);
    const refuse = (status: number, reason: RequestRefusal['reason'], explanation: string, headers = {}): void => {
      respond(response, { status, headers, body: `${explanation}\n` });
      conclude(String(status), explanation);
      refusalLog.add(message, reason, `${shownRequest(message)}: ${explanation}`);
    };
    const hostFault = faultOfHost(message);
    if (hostFault !== undefined) {
      refuse(400, 'host', hostFault);
    } else if (verdict.kind === 'preflight') {
      response.writeHead(204, { Connection: 'close' }).end();
      conclude('204', 'a web page asked whether it may send a request');
    } else if (verdict.kind === 'refused') {
      refuse(403, verdict.reason, verdict.explanation);
    } else if (handler !== undefined) {
      void routes.answer(handler, message, response, conclude);
    } else if (link === undefined) {
      refuse(404, 'no_route', `${explainPath(target, settings.pathPrefix)}; ${routes.explain()}`);
    } else {
      refuse(426, 'not_a_link', NOT_A_LINK, { Upgrade: 'websocket' });
    }
  }
}

/** Returns method and path for the log; a path may contain a token in the wrong place. */
function shownRequest({ method, url = '' }: IncomingMessage): string {
  return `${method} ${inspectForError(redactTokens(url.split('?', 1)[0] ?? ''))}`;
}
