import type { ConnectionObserver } from '../connection/index.js';
import { ErrorCode, errorFromBye, invalidParameter, TiRtcError } from '../errors/index.js';
import type { Connection, Timer } from '../types/index.js';
import {
  base64UrlEncode,
  CHANNEL_CONTROL,
  type Control,
  decodeControl,
  hostHeader,
  linkUrl,
  SUBPROTOCOL,
  WireError,
} from '../wire/index.js';
import { type ClientConnection, WebSocketConnection } from './client_connection.js';
import type { LinkSocket, LinkSocketEvents, OpenLinkSocket } from './link_socket.js';
import type { CheckedClient, CheckedTarget } from './options.js';
import { WebSocketTransport } from './web_socket_transport.js';

/** Observes how the connects of a client end, and its connections. */
export interface ClientObserver extends ConnectionObserver {
  opened(connection: Connection): void;
  refused(remoteId: string, error: unknown): void;
}

type Ready = Extract<Control, { readonly type: 'ready' }>;

const CLOSE_NORMAL = 1000;
const CLOSE_PROTOCOL_ERROR = 1002;
const LINGER_MS = 500;

/** One attempt to connect, from the dial to `ready`. After that, it forwards the events of the socket to the transport. */
class Handshake implements LinkSocketEvents {
  readonly #client: CheckedClient;
  readonly #target: CheckedTarget;
  readonly #observer: ClientObserver;
  readonly #settle: { resolve(connection: ClientConnection): void; reject(error: unknown): void };
  readonly #socket: LinkSocket;
  readonly #timeoutMs: number;
  /** Limits the attempt; after a refusal, the time until the socket is destroyed. */
  #timer: Timer;
  #opened = false;
  #finished = false;
  #transport: WebSocketTransport | undefined;
  /** Events that arrived in the same turn as `ready`, before the program could add listeners. */
  #held: (() => void)[] | undefined;

  constructor(
    client: CheckedClient,
    target: CheckedTarget,
    openSocket: OpenLinkSocket,
    observer: ClientObserver,
    settle: { resolve(connection: ClientConnection): void; reject(error: unknown): void },
  ) {
    this.#client = client;
    this.#target = target;
    this.#observer = observer;
    this.#settle = settle;
    this.#socket = openSocket(
      {
        url: linkUrl(client.endpoint, 'connect', target.remoteId),
        credential: target.credential,
        appId: client.appId,
        clientId: client.clientId,
        maxMessageBytes: client.maxMessageBytes,
      },
      this,
    );
    this.#timeoutMs = target.timeoutMs ?? client.connectTimeoutMs;
    this.#timer = client.clock.startTimer(this.#timeoutMs, () => this.#timeOut());
    target.signal?.addEventListener('abort', this.#abort, { once: true });
  }

  onOpen(protocol: string): void {
    this.#opened = true;
    if (protocol !== SUBPROTOCOL) this.#refuse(`it selected "${protocol}" instead of ${SUBPROTOCOL}`);
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
      if (!(error instanceof WireError)) throw error;
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
    this.#timer.cancel();
    const what = `${this.#host} closed during the handshake`;
    const closed = (): TiRtcError => new TiRtcError({ what, number: ErrorCode.SERVER_ERROR, cause: failure });
    this.#fail(this.#opened || failure === undefined ? closed() : failure);
  }

  get #host(): string {
    return hostHeader(this.#client.endpoint);
  }

  #handleControl(message: Uint8Array): void {
    if (message[0] !== CHANNEL_CONTROL) throw new WireError(`a message on channel ${message[0]} before ready`);
    const control = decodeControl(message.subarray(1));
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
        throw new WireError(`a ${control?.type} before ready`);
    }
  }

  #becomeReady(ready: Ready): void {
    this.#finish();
    const { clock, maxSendBufferBytes } = this.#client;
    const { remoteId } = this.#target;
    const transport = new WebSocketTransport({
      socket: this.#socket,
      clock,
      limits: ready,
      remoteId,
      maxSendBufferBytes,
    });
    const ticket =
      ready.ticket === undefined
        ? undefined
        : { value: base64UrlEncode(ready.ticket), lifetimeSeconds: ready.ticketLifetimeSeconds };
    const connection = new WebSocketConnection(
      { remoteId, transport, clock, highWaterBytes: maxSendBufferBytes / 2, observer: this.#observer },
      ticket,
    );
    this.#observer.opened(connection);
    transport.attach(connection);
    this.#transport = transport;
    this.#held = [];
    clock.startTimer(0, () => this.#release());
    this.#settle.resolve(connection);
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

  #timeOut(): void {
    const what = `no connection to "${this.#target.remoteId}" through ${this.#host} in ${this.#timeoutMs} ms`;
    this.#fail(new TiRtcError({ what, number: ErrorCode.TIMEOUTED }));
    this.#socket.destroy();
  }

  readonly #abort = (): void => {
    this.#fail(this.#target.signal?.reason);
    this.#socket.destroy();
  };

  #fail(error: unknown, closeCode?: number): void {
    if (this.#finished) return;
    this.#finish();
    if (closeCode !== undefined) {
      this.#socket.close(closeCode);
      this.#timer = this.#client.clock.startTimer(LINGER_MS, () => this.#socket.destroy());
    }
    this.#settle.reject(error);
  }

  #finish(): void {
    this.#finished = true;
    this.#timer.cancel();
    this.#target.signal?.removeEventListener('abort', this.#abort);
  }
}

/** Connects over a link that `openSocket` opens. */
export async function establish(
  client: CheckedClient,
  target: CheckedTarget,
  openSocket: OpenLinkSocket,
  observer: ClientObserver,
): Promise<ClientConnection> {
  target.signal?.throwIfAborted();
  try {
    return await attempt(client, target, openSocket, observer);
  } catch (error) {
    observer.refused(target.remoteId, error);
    throw error;
  }
}

function attempt(
  client: CheckedClient,
  target: CheckedTarget,
  openSocket: OpenLinkSocket,
  observer: ClientObserver,
): Promise<ClientConnection> {
  return new Promise((resolve, reject) => {
    try {
      new Handshake(client, target, openSocket, observer, { resolve, reject });
    } catch (error) {
      const what = `the WebSocket class refused the endpoint (${error instanceof Error ? error.message : 'no reason given'})`;
      throw invalidParameter(what, 'correct the endpoint');
    }
  });
}
