import type { IncomingMessage, ServerResponse } from 'node:http';
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
    const verdict = this.#access.check(message);
    for (const [name, value] of Object.entries(verdict.headers)) response.setHeader(name, value);
    const refuse = (status: number, reason: RequestRefusal['reason'], explanation: string, headers = {}): void => {
      respond(response, { status, headers, body: `${explanation}\n` });
      conclude(String(status), explanation);
      refusalLog.add(message, reason, explanation);
    };
    const hostFault = faultOfHost(message);
    if (hostFault !== undefined) {
      refuse(400, 'host', hostFault);
    } else if (verdict.kind === 'preflight') {
      response.writeHead(204, { Connection: 'close' }).end();
      conclude('204', 'a web page asked whether it may send a request');
    } else if (verdict.kind === 'refused') {
      refuse(403, verdict.reason, verdict.explanation);
    } else if (link !== undefined && !routes.has(message)) {
      refuse(426, 'not_a_link', explainLink(message), { Upgrade: 'websocket' });
    } else {
      void routes.answer(message, response, conclude, explainPath(target, settings.pathPrefix));
    }
  }
}

function explainLink({ method, url = '' }: IncomingMessage): string {
  const path = url.split('?', 1)[0];
  const advice = `to answer plain requests, define a route for "${method} ${path}"`;
  return `${path} is only for WebSockets with the subprotocol ${SUBPROTOCOL}; ${advice}`;
}
