import { timedOut, type Waiter, wait } from '../base/index.js';
import type { ConnectionObserver } from '../connection/index.js';
import { ErrorCode, errorFromBye, invalidParameter, TiRtcError } from '../errors/index.js';
import type { Connection, Timer } from '../types/index.js';
import * as wire from '../wire/index.js';
import { type ClientConnection, WebSocketConnection } from './client_connection.js';
import type { LinkSocket, LinkSocketEvents, OpenLinkSocket } from './link_socket.js';
import type { CheckedClient, CheckedTarget } from './options.js';
import { WebSocketTransport } from './web_socket_transport.js';

/** Observes how the connects of a client end, and its connections. */
export interface ClientObserver extends ConnectionObserver {
  opened(connection: Connection): void;
  refused(remoteId: string, error: unknown): void;
}

type Ready = Extract<wire.Control, { readonly type: 'ready' }>;

const CLOSE_NORMAL = 1000;
const CLOSE_PROTOCOL_ERROR = 1002;
const LINGER_MS = 500;

/** A client with what its platform provides. */
export interface ClientContext extends CheckedClient {
  readonly openSocket: OpenLinkSocket;
  readonly observer: ClientObserver;
}

/** One attempt to connect, from the dial to `ready`. After that, it forwards the events of the socket to the transport. */
class Handshake implements LinkSocketEvents {
  readonly #client: ClientContext;
  readonly #target: CheckedTarget;
  readonly #waiter: Waiter<ClientConnection>;
  readonly #socket: LinkSocket;
  /** After a refusal: the time until the socket is destroyed. */
  #linger: Timer | undefined;
  #opened = false;
  #finished = false;
  #transport: WebSocketTransport | undefined;
  /** Events that arrived in the same turn as `ready`, before the program could add listeners. */
  #held: (() => void)[] | undefined;

  constructor(client: ClientContext, target: CheckedTarget, waiter: Waiter<ClientConnection>) {
    const { appId, clientId, maxMessageBytes } = client;
    const { credential, remoteId: deviceId, suffix } = target;
    this.#client = client;
    this.#target = target;
    this.#waiter = waiter;
    const url = wire.linkUrl(client.endpoint, 'connect', { deviceId, suffix });
    this.#socket = client.openSocket({ url, credential, appId, clientId, maxMessageBytes }, this);
  }

  /** End the attempt at once. */
  abandon(): void {
    this.#finished = true;
    this.#socket.destroy();
  }

  onOpen(protocol: string): void {
    this.#opened = true;
    if (protocol !== wire.SUBPROTOCOL) this.#refuse(`it selected "${protocol}" instead of ${wire.SUBPROTOCOL}`);
  }

  onMessage(message: Uint8Array): void {
    if (this.#transport !== undefined) {
      this.#forward((transport) => transport.handleMessage(message));
      return;
    }
    if (this.#finished) return;
    try {
      this.#handleControl(message);
    } catch (error) {
      if (!(error instanceof wire.WireError)) throw error;
      this.#refuse(error.message);
    }
  }

  onViolation(problem: string): void {
    if (this.#transport === undefined) this.#refuse(problem);
    else this.#forward((transport) => transport.handleViolation(problem));
  }

  onEnd(failure: TiRtcError | undefined): void {
    if (this.#transport !== undefined) {
      this.#forward((transport) => transport.handleEnd(failure));
      return;
    }
    this.#linger?.cancel();
    const what = `${this.#host} closed during the handshake`;
    const closed = (): TiRtcError => new TiRtcError({ what, number: ErrorCode.SERVER_ERROR, cause: failure });
    this.#fail(this.#opened || failure === undefined ? closed() : failure);
  }

  get #host(): string {
    return wire.hostHeader(this.#client.endpoint);
  }

  #handleControl(message: Uint8Array): void {
    if (message[0] !== wire.CHANNEL_CONTROL)
      throw new wire.WireError(`a message on channel ${message[0]} before ready`);
    const control = wire.decodeControl(message.subarray(1));
    switch (control?.type) {
      case undefined:
        return;
      case 'ready':
        this.#becomeReady(control);
        return;
      case 'bye': {
        const what = `no connection to "${this.#target.remoteId}" through ${this.#host}`;
        this.#fail(errorFromBye(control.reason, what, control.text), CLOSE_NORMAL);
        return;
      }
      default:
        throw new wire.WireError(`a ${control?.type} before ready`);
    }
  }

  #becomeReady(ready: Ready): void {
    this.#finished = true;
    const { clock, maxSendBufferBytes, observer } = this.#client;
    const { remoteId } = this.#target;
    const socket = this.#socket;
    const transport = new WebSocketTransport({ socket, clock, limits: ready, remoteId, maxSendBufferBytes });
    const ticket = ready.ticket && {
      value: wire.base64UrlEncode(ready.ticket),
      lifetimeSeconds: ready.ticketLifetimeSeconds,
    };
    const highWaterBytes = maxSendBufferBytes / 2;
    const connection = new WebSocketConnection({ remoteId, transport, clock, highWaterBytes, observer }, ticket);
    observer.opened(connection);
    transport.attach(connection);
    this.#transport = transport;
    this.#held = [];
    clock.startTimer(0, () => this.#release());
    this.#waiter.resolve(connection);
  }

  #forward(event: (transport: WebSocketTransport) => void): void {
    const transport = this.#transport;
    if (transport === undefined) return;
    if (this.#held === undefined) event(transport);
    else this.#held.push(() => event(transport));
  }

  #release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const event of held) event();
  }

  #refuse(problem: string): void {
    const what = `the endpoint at ${this.#host} is not a tirtc.v1 service: ${problem}`;
    this.#fail(new TiRtcError({ what, number: ErrorCode.UNEXPECTED_RESPONSE }), CLOSE_PROTOCOL_ERROR);
  }

  #fail(error: TiRtcError, closeCode?: number): void {
    if (this.#finished) return;
    this.#finished = true;
    if (closeCode !== undefined) {
      this.#socket.close(closeCode);
      this.#linger = this.#client.clock.startTimer(LINGER_MS, () => this.#socket.destroy());
    }
    this.#waiter.reject(error);
  }
}

/** Connects over a new link. */
export async function establish(client: ClientContext, target: CheckedTarget): Promise<ClientConnection> {
  const { clock, connectTimeoutMs, endpoint, observer } = client;
  const { remoteId, signal, timeoutMs = connectTimeoutMs } = target;
  signal?.throwIfAborted();
  let handshake: Handshake | undefined;
  try {
    return await wait<ClientConnection>({
      clock,
      signal,
      timeoutMs,
      begin: (waiter) => {
        handshake = beginHandshake(client, target, waiter);
      },
      timeoutError: timedOut(`no connection to "${remoteId}" through ${wire.hostHeader(endpoint)}`),
      abandoned: () => handshake?.abandon(),
    });
  } catch (error) {
    observer.refused(remoteId, error);
    throw error;
  }
}

function beginHandshake(client: ClientContext, target: CheckedTarget, waiter: Waiter<ClientConnection>): Handshake {
  try {
    return new Handshake(client, target, waiter);
  } catch (error) {
    const detail = error instanceof Error ? error.message : 'no reason given';
    throw invalidParameter(`the WebSocket class refused the endpoint (${detail})`, 'correct the endpoint');
  }
}
