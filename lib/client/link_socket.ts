import type { TiRtcError } from '../errors/index.js';

/** How a client says that it may connect. */
export interface Credential {
  readonly scheme: 'bearer' | 'ticket';
  readonly value: string;
}

export interface LinkRequest {
  readonly url: string;
  readonly credential: Credential;
  readonly appId?: string | undefined;
  readonly clientId?: string | undefined;
  readonly maxMessageBytes: number;
}

/** What a socket tells its owner; never from inside openLinkSocket() or a call of LinkSocket. After `onEnd` nothing comes. */
export interface LinkSocketEvents {
  /** The upgrade succeeded; `protocol` is the subprotocol selected. */
  onOpen(protocol: string): void;
  /** A binary message; stays valid for good. */
  onMessage(message: Uint8Array): void;
  /** The peer broke WebSocket's rules or ours, e.g. with a text message. The socket is still there. */
  onViolation(problem: string): void;
  /** The socket is gone: by a failure, or (undefined) because it was closed by either side. */
  onEnd(failure: TiRtcError | undefined): void;
}

/** One WebSocket, of a browser or of Node. */
export interface LinkSocket {
  send(message: Uint8Array<ArrayBuffer>): void;
  /** Bytes given to send() and not yet to the network. */
  bufferedBytes(): number;
  /** Call back once, when bufferedBytes() is at or below `bytes`. */
  whenBelow(bytes: number, callback: () => void): void;
  /** Read no more, or go on. False when this socket cannot wait. */
  hold(held: boolean): boolean;
  /** Bytes that came since it opened, as exactly as this socket can know. */
  receivedBytes(): number;
  /** A WebSocket ping, where there is such a thing. */
  ping(): void;
  /** Send what is queued, then a close frame. */
  close(code: number): void;
  /** Drop it now. */
  destroy(): void;
}

export type OpenLinkSocket = (request: LinkRequest, events: LinkSocketEvents) => LinkSocket;
