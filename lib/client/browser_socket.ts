import { ErrorCode, invalidParameter, TiRtcError } from '../errors/index.js';
import type { Clock } from '../types/index.js';
import { BEARER_SUBPROTOCOL_PREFIX, SUBPROTOCOL, TICKET_SUBPROTOCOL_PREFIX } from '../wire/index.js';
import type { LinkRequest, LinkSocket, LinkSocketEvents, OpenLinkSocket } from './link_socket.js';

const DRAIN_POLL_MS = 10;
const OPEN = 1;

/** The members that are used of a browser's WebSocket; the class of `ws` has them too. */
export interface BrowserWebSocket {
  binaryType: string;
  readonly readyState: number;
  readonly bufferedAmount: number;
  readonly protocol: string;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(code?: number): void;
  addEventListener(type: 'open' | 'close' | 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
}

export type BrowserWebSocketConstructor = new (url: string, protocols: string[]) => BrowserWebSocket;

class BrowserLinkSocket implements LinkSocket {
  readonly #socket: BrowserWebSocket;
  readonly #clock: Clock;
  #receivedBytes = 0;
  #opened = false;
  #ended = false;

  constructor(socket: BrowserWebSocket, clock: Clock, events: LinkSocketEvents, host: string) {
    this.#socket = socket;
    this.#clock = clock;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', () => {
      this.#opened = true;
      if (!this.#ended) events.onOpen(socket.protocol);
    });
    socket.addEventListener('message', ({ data }) => {
      if (this.#ended) return;
      if (!(data instanceof ArrayBuffer)) {
        events.onViolation('a text message');
        return;
      }
      this.#receivedBytes += data.byteLength;
      events.onMessage(new Uint8Array(data));
    });
    socket.addEventListener('close', () => {
      if (this.#ended) return;
      this.#ended = true;
      events.onEnd(this.#opened ? undefined : unknownFailure(host));
    });
    // A `close` follows every `error`; without a listener some WebSocket classes throw.
    socket.addEventListener('error', () => {});
  }

  send(message: Uint8Array<ArrayBuffer>): void {
    if (this.#socket.readyState === OPEN) this.#socket.send(message);
  }

  bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  /** Polls, because browsers have no event for sent data. */
  whenBelow(bytes: number, callback: () => void): void {
    this.#clock.startTimer(DRAIN_POLL_MS, () => {
      if (this.#ended) return;
      if (this.bufferedBytes() <= bytes) callback();
      else this.whenBelow(bytes, callback);
    });
  }

  pause(): boolean {
    return false;
  }

  receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** Browsers cannot send pings; the round-trip probe keeps the link alive. */
  ping(): void {}

  close(code: number): void {
    // Browsers allow 1000 and 3000..4999 only.
    this.#socket.close(code === 1000 ? code : undefined);
  }

  destroy(): void {
    this.#ended = true;
    this.#socket.close();
  }
}

function unknownFailure(host: string): TiRtcError {
  return new TiRtcError({
    what: `the WebSocket to ${host} could not be opened`,
    number: ErrorCode.HTTP_CONNECT,
    advice: 'the browser gives no reason: look at its network panel, and check that the service runs at this endpoint',
  });
}

/** Makes links over a WebSocket class like the browser's. The credential is sent as a subprotocol, because headers cannot be
 *  set. `ca` is refused, because the class decides which authorities it trusts. */
export function browserSockets(
  WebSocket: BrowserWebSocketConstructor,
  clock: Clock,
  ca: string | undefined,
): OpenLinkSocket {
  if (ca !== undefined) {
    throw invalidParameter(
      'ca cannot be used with a WebSocket class, which decides itself which authorities it trusts',
      'leave out ca or WebSocket',
    );
  }
  return (request: LinkRequest, events: LinkSocketEvents): LinkSocket => {
    const { scheme, value } = request.credential;
    const prefix = scheme === 'bearer' ? BEARER_SUBPROTOCOL_PREFIX : TICKET_SUBPROTOCOL_PREFIX;
    const socket = new WebSocket(request.url, [SUBPROTOCOL, prefix + value]);
    return new BrowserLinkSocket(socket, clock, events, new URL(request.url).host);
  };
}
