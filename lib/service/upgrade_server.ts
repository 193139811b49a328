import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { ErrorCode, TiRtcError } from '../errors/index.js';
import { type LinkName, MAX_UNPROVEN_MESSAGE_BYTES, SUBPROTOCOL } from '../wire/index.js';
import type { ClientAddresses } from './client_addresses.js';
import type { Connections } from './connections.js';
import type { Devices } from './devices.js';
import { FairLimit } from './fair_limit.js';
import type { ActiveFaults } from './faults/active_faults.js';
import type { UpgradeFault } from './faults/fault.js';
import { admitSockets, makeHttpServer, replaceTls } from './http_server.js';
import type { LinkRegistry } from './link_registry.js';
import { type Listener, listenerFor } from './network.js';
import type { ServiceSettings, ServiceTls } from './options.js';
import type { PlainRequests } from './plain_requests.js';
import type { RefusalLog } from './refusal_log.js';
import type { Conclude, RequestLog } from './request_log.js';
import { answerUpgrade, type ScriptedAnswer, type ScriptedAnswers } from './scripted_answers.js';
import { ignoreError, Upgrade } from './upgrade.js';
import { deviceOf, HttpRefusal, linkOfTarget, readUpgrade } from './upgrade_request.js';

export interface UpgradeServerContext {
  readonly settings: ServiceSettings;
  readonly requestLog: RequestLog;
  readonly scriptedAnswers: ScriptedAnswers;
  readonly plainRequests: PlainRequests;
  readonly refusalLog: RefusalLog;
  readonly addresses: ClientAddresses;
  readonly faults: ActiveFaults;
  readonly links: LinkRegistry;
  readonly devices: Devices;
  readonly connections: Connections;
}

/** The time for the other ends to close their sockets during close(). */
const STOP_GRACE_MS = 1000;

/** The HTTP side of the service: refuses malformed upgrades, and hands the others to the devices and connections. */
export class UpgradeServer {
  readonly #context: UpgradeServerContext;
  readonly #server: Server;
  readonly #listener: Listener;
  readonly #webSockets: WebSocketServer;
  readonly #places: FairLimit;
  readonly #sockets = new Set<Duplex>();
  readonly #hanging = new Set<Duplex>();
  #port: Promise<number> | undefined;
  #isStopping = false;
  /** The last call of vanish() or comeBack(): they are carried out one after the other. */
  #outage: Promise<void> = Promise.resolve();

  constructor(context: UpgradeServerContext) {
    this.#context = context;
    this.#webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      autoPong: false,
      maxPayload: MAX_UNPROVEN_MESSAGE_BYTES, // ws reads only control frames, MessageReader the messages
      handleProtocols: () => SUBPROTOCOL,
    });
    const { tls, requestTimeoutMs, maxSockets, network } = context.settings;
    const server = makeHttpServer(tls, requestTimeoutMs);
    server.maxConnections = maxSockets;
    this.#places = new FairLimit(maxSockets);
    admitSockets(server, (socket, serve) => this.#admit(socket, serve));
    server.on('request', (message, response) => context.plainRequests.answer(message, response));
    server.on('upgrade', (message, socket, head) => this.#onUpgrade(message, socket, head));
    this.#server = server;
    this.#listener = listenerFor(server, network);
  }

  /** Listen. Resolves with the TCP port; a second call resolves with the same. */
  listen(): Promise<number> {
    this.#port ??= this.#listenAt(this.#context.settings.port);
    return this.#port;
  }

  /** Show another certificate from now on. Throws if it cannot be used. */
  setTls(tls: ServiceTls): void {
    replaceTls(this.#server, tls);
  }

  /** Refuse upgrades, send bye(stopping) on every link, and stop listening. Resolves when all sockets are closed; those that
   *  are still open after the grace period are destroyed. */
  async close(): Promise<void> {
    const { faults, connections, links, settings } = this.#context;
    this.#isStopping = true;
    const isListening = await this.#port?.then(
      () => true,
      () => false,
    );
    faults.stop();
    await this.#outage;
    connections.stop();
    links.byeAll();
    if (!isListening) return;
    const closed = this.#listener.close();
    for (const socket of this.#hanging) socket.destroy();
    const timer = settings.clock.startTimer(STOP_GRACE_MS, () => this.#destroySockets());
    await closed;
    timer.cancel();
  }

  /** Stop listening and cut all sockets, as if the program had been killed, until comeBack() is called. */
  vanish(): Promise<void> {
    return this.#afterOutage(async () => {
      if (this.#port === undefined) return;
      await this.#port;
      this.#context.connections.cutAll();
      this.#context.links.cutAll();
      const closed = this.#listener.close();
      this.#destroySockets();
      await closed;
    });
  }

  /** Listen at the same port again. */
  comeBack(): Promise<void> {
    return this.#afterOutage(async () => {
      if (this.#port !== undefined && !this.#isStopping) await this.#listenAt(await this.#port);
    });
  }

  #afterOutage(next: () => Promise<void>): Promise<void> {
    const done = this.#outage.then(next);
    this.#outage = done.catch(() => {});
    return done;
  }

  async #listenAt(port: number): Promise<number> {
    const { host } = this.#context.settings;
    try {
      return await this.#listener.listen(host, port);
    } catch (error) {
      throw listenError(host, port, error as NodeJS.ErrnoException);
    }
  }

  #destroySockets(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Find the client that opened a socket, and give the socket to the HTTP server if the client may have another one. */
  #admit(socket: Socket, serve: () => void): void {
    const { addresses, settings } = this.#context;
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    addresses.admit(socket, settings.clock, settings.requestTimeoutMs, () => {
      const address = addresses.limited(addresses.ofSocket(socket));
      if (this.#places.take(address) !== undefined) {
        socket.destroy();
        return;
      }
      socket.once('close', () => this.#places.release(address));
      serve();
    });
  }

  #onUpgrade(message: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', ignoreError);
    const { settings, scriptedAnswers, links, refusalLog, addresses } = this.#context;
    const { link, conclude } = this.#log(message);
    const scripted = link && scriptedAnswers.take(link);
    if (scripted !== undefined) {
      this.#answerAsScripted(socket, scripted);
      conclude('scripted', typeof scripted === 'string' ? scripted : String(scripted.status));
      return;
    }
    const request = readUpgrade(message, settings.pathPrefix);
    if (request instanceof HttpRefusal) {
      answerUpgrade(socket, { status: request.status, body: request.message });
      conclude(String(request.status), request.message);
      if (request.status === 426) refusalLog.add(message, 'not_a_link', request.message);
      return;
    }
    const limitedAddress = addresses.limited(addresses.ofRequest(message));
    const webSockets = this.#webSockets;
    const upgrade = new Upgrade({ message, socket, head, request, webSockets, links, conclude, limitedAddress });
    this.#meetFault(upgrade, socket);
  }

  /** Answer an upgrade, or do what a fault requires instead. */
  #meetFault(upgrade: Upgrade, socket: Duplex): void {
    const fault = this.#context.faults.ofUpgrade(upgrade.request.link, deviceOf(upgrade.request));
    if (fault === undefined) {
      this.#answer(upgrade, socket);
    } else if (fault.kind === 'answerSlowly') {
      this.#later(fault.delayMs, socket, () => this.#answer(upgrade, socket));
    } else if (fault.kind === 'refuse' && fault.bye !== undefined) {
      socket.cork();
      upgrade.accept();
      upgrade.bye(fault.bye, 'a fault', '');
      socket.uncork();
    } else {
      this.#answerAsScripted(socket, answerOf(fault));
      upgrade.conclude('scripted', `the fault "${fault.kind}"`);
    }
  }

  #answer(upgrade: Upgrade, socket: Duplex): void {
    const { devices, connections } = this.#context;
    const { request } = upgrade;
    if (this.#isStopping) {
      upgrade.refuse(503, 'the service is stopping');
      return;
    }
    socket.cork(); // the 101 response and the first message leave in one write
    if (request.link === 'start') devices.start(request, upgrade);
    else if (request.link === 'connect') connections.connect(request, upgrade);
    else connections.accept(request, upgrade);
    socket.uncork();
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

  #log(message: IncomingMessage): { readonly link: LinkName | undefined; readonly conclude: Conclude } {
    const { settings, requestLog } = this.#context;
    const link = linkOfTarget(message.url ?? '', settings.pathPrefix);
    return { link, conclude: requestLog.add(message, link ?? 'none', settings.clock.wallMs()) };
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

/** Returns the reason why a server cannot listen. */
function listenError(host: string, port: number, cause: NodeJS.ErrnoException): TiRtcError {
  const advice =
    cause.code === 'EADDRINUSE'
      ? 'another program uses this port: stop it, or choose another port (0 takes a free one)'
      : 'check the host and the port';
  const what = `the service cannot listen at ${host}:${port} (${cause.code})`;
  return new TiRtcError({ what, number: ErrorCode.HTTP_SOCKET, advice, retryable: false, cause });
}
