import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { ByeName } from '../errors/index.js';
import { type LinkName, SUBPROTOCOL } from '../wire/index.js';
import type { UpgradeFault } from './faults/fault.js';
import { answerUpgrade } from './http_answer.js';
import { httpServer, listenError } from './http_server.js';
import { type Listener, listenerFor } from './network.js';
import type { ServiceSettings } from './options.js';
import type { Conclude, RequestLog } from './request_log.js';
import type { Routes } from './routes.js';
import type { ScriptedAnswer, ScriptedAnswers } from './script.js';
import { explainPath, HttpRefusal, linkOfTarget, readUpgrade, type UpgradeRequest } from './upgrade_request.js';

/** A WebSocket that was just upgraded, and the socket under it. */
export interface Arrival {
  readonly ws: WebSocket;
  readonly socket: Duplex;
  readonly conclude: Conclude;
}

export type Welcome = (arrival: Arrival) => void;

interface Upgrading {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly conclude: Conclude;
  /** Listens to errors of the socket until ws does. */
  readonly ignore: () => void;
  readonly bye: ByeName | undefined;
}

export interface UpgradeServerContext {
  readonly settings: ServiceSettings;
  readonly requestLog: RequestLog;
  readonly scriptedAnswers: ScriptedAnswers;
  readonly routes: Routes;
  /** What is to go wrong with a well-formed upgrade. */
  upgradeFault(request: UpgradeRequest): UpgradeFault | undefined;
  /** Decides about a well-formed upgrade, before it is answered. Throws an HttpRefusal to keep it out. With
   *  `bye` it is let in to be told that. */
  admit(request: UpgradeRequest, bye?: ByeName): Welcome;
}

const HEAD_TIMEOUT_MS = 10_000;
/** How long close() waits for the other ends to close theirs. */
const STOP_GRACE_MS = 1000;

/** The HTTP side of the service: listens, refuses malformed requests, and upgrades the others to WebSockets. */
export class UpgradeServer {
  readonly #context: UpgradeServerContext;
  readonly #listener: Listener;
  readonly #webSockets: WebSocketServer;
  readonly #sockets = new Set<Duplex>();
  readonly #hanging = new Set<Duplex>();

  constructor(context: UpgradeServerContext) {
    this.#context = context;
    this.#webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      autoPong: false,
      maxPayload: context.settings.maxMessageBytes,
      handleProtocols: () => SUBPROTOCOL,
    });
    const { tls, maxSockets } = context.settings;
    const server = httpServer({ headersTimeout: HEAD_TIMEOUT_MS, requestTimeout: HEAD_TIMEOUT_MS }, tls);
    server.maxConnections = maxSockets;
    server.on('connection', (socket) => this.#track(socket));
    server.on('request', (request, response) => this.#answerPlainRequest(request, response));
    server.on('upgrade', (request, socket, head) => this.#onUpgrade(request, socket, head));
    this.#listener = listenerFor(server, context.settings.network);
  }

  /** Listen; resolves with the TCP port. */
  async listen(port = this.#context.settings.port): Promise<number> {
    const { host } = this.#context.settings;
    try {
      return await this.#listener.listen(host, port);
    } catch (error) {
      throw listenError(host, port, error as NodeJS.ErrnoException);
    }
  }

  /** Take nobody in any more, and resolve when everyone has left. Who does not leave in time is put out. */
  async close(): Promise<void> {
    const closed = this.#listener.close();
    for (const socket of this.#hanging) socket.destroy();
    const timer = this.#context.settings.clock.startTimer(STOP_GRACE_MS, () => {
      for (const socket of this.#sockets) socket.destroy();
    });
    await closed;
    timer.cancel();
  }

  /** Be gone as when the program was killed, until listen() is called again. */
  async vanish(): Promise<void> {
    const closed = this.#listener.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #track(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #answerPlainRequest(request: IncomingMessage, response: ServerResponse): void {
    const { settings, routes } = this.#context;
    const { link, conclude } = this.#note(request);
    if (link === undefined) {
      void routes.answer(request, response, conclude, explainPath(request.url ?? '', settings.pathPrefix));
      return;
    }
    const explanation = `this is for WebSockets with the subprotocol ${SUBPROTOCOL}, not for plain HTTP`;
    conclude('426', explanation);
    const headers = { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close', Upgrade: 'websocket' };
    response.writeHead(426, headers).end(`${explanation}\n`);
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Until ws takes over, a reset has nobody else to hear it.
    const ignore = () => {};
    socket.on('error', ignore);
    const { link, conclude } = this.#note(request);
    const scripted = link && this.#context.scriptedAnswers.take(link);
    if (scripted !== undefined) {
      this.#answerAsScripted(socket, scripted);
      conclude('scripted', typeof scripted === 'string' ? scripted : String(scripted.status));
      return;
    }
    this.#guard(socket, conclude, () => {
      const upgrade = readUpgrade(request, this.#context.settings.pathPrefix);
      const fault = this.#context.upgradeFault(upgrade);
      const bye = fault?.kind === 'refuse' ? fault.bye : undefined;
      const proceed = () => this.#upgrade(upgrade, { request, socket, head, conclude, ignore, bye });
      if (fault === undefined || bye !== undefined) proceed();
      else if (fault.kind === 'answerSlowly') {
        this.#later(fault.delayMs, socket, () => this.#guard(socket, conclude, proceed));
      } else {
        this.#answerAsScripted(socket, answerOf(fault));
        conclude('scripted', `the fault "${fault.kind}"`);
      }
    });
  }

  #upgrade(upgrade: UpgradeRequest, { request, socket, head, conclude, ignore, bye }: Upgrading): void {
    const welcome = this.#context.admit(upgrade, bye);
    // The answer and the first words to a welcome guest leave in one write.
    socket.cork();
    this.#webSockets.handleUpgrade(request, socket, head, (ws) => {
      socket.off('error', ignore);
      welcome({ ws, socket, conclude });
    });
    socket.uncork();
  }

  /** Answer what is refused. */
  #guard(socket: Duplex, conclude: Conclude, call: () => void): void {
    try {
      call();
    } catch (error) {
      if (!(error instanceof HttpRefusal)) throw error;
      answerUpgrade(socket, { status: error.status, body: error.message });
      conclude(String(error.status), error.message);
    }
  }

  #later(delayMs: number, socket: Duplex, call: () => void): void {
    const timer = this.#context.settings.clock.startTimer(delayMs, () => {
      this.#hanging.delete(socket);
      if (!socket.destroyed) call();
    });
    this.#hanging.add(socket);
    socket.once('close', () => {
      timer.cancel();
      this.#hanging.delete(socket);
    });
  }

  #note(request: IncomingMessage): { readonly link: LinkName | undefined; readonly conclude: Conclude } {
    const { settings, requestLog } = this.#context;
    const link = linkOfTarget(request.url ?? '', settings.pathPrefix);
    return { link, conclude: requestLog.add(request, link ?? 'none', settings.clock.wallMs()) };
  }

  #answerAsScripted(socket: Duplex, answer: ScriptedAnswer): void {
    if (answer === 'close') {
      socket.destroy();
    } else if (answer === 'hang') {
      this.#hanging.add(socket);
      socket.once('close', () => this.#hanging.delete(socket));
      socket.resume();
    } else {
      answerUpgrade(socket, answer);
    }
  }
}

function answerOf(fault: Exclude<UpgradeFault, { readonly kind: 'answerSlowly' }>): ScriptedAnswer {
  switch (fault.kind) {
    case 'refuse':
      return { status: fault.status ?? 503, body: 'refused by a fault' };
    case 'redirect':
      return { status: fault.status ?? 302, headers: { Location: fault.location } };
    case 'hangUp':
      return 'close';
    case 'neverAnswer':
      return 'hang';
  }
}
