import { ErrorCode, TiRtcError, tlsFailure } from '../errors/index.js';

/** The credential of a connect. */
export interface LinkCredential {
  readonly scheme: 'bearer' | 'ticket';
  readonly value: string;
}

export interface LinkRequest {
  readonly url: string;
  readonly credential: LinkCredential;
  readonly appId?: string | undefined;
  readonly clientId?: string | undefined;
  readonly maxMessageBytes: number;
}

/** Receives the events of a socket, never during openLinkSocket() or a call of LinkSocket. `onEnd` is the last event. */
export interface LinkSocketEvents {
  /** The upgrade succeeded; `protocol` is the selected subprotocol. */
  onOpen(protocol: string): void;
  /** A binary message arrived; it stays valid. */
  onMessage(message: Uint8Array): void;
  /** The peer broke the rules of WebSocket or of docs/wire.md, for example with a text message. The socket is still open. */
  onViolation(problem: string): void;
  /** The socket is gone, by a failure, or (undefined) because either side closed it. */
  onEnd(failure: TiRtcError | undefined): void;
}

/** One WebSocket, of a browser or of Node. */
export interface LinkSocket {
  send(message: Uint8Array<ArrayBuffer>): void;
  /** The bytes given to send() that the network has not yet accepted. */
  bufferedBytes(): number;
  /** Call `callback` once, when bufferedBytes() is at most `bytes`. */
  whenBelow(bytes: number, callback: () => void): void;
  /** Stop or resume reading. Returns false if this socket cannot. */
  pause(isPaused: boolean): boolean;
  /** The bytes received since it opened, as far as this socket can know. */
  receivedBytes(): number;
  /** Send a WebSocket ping, if possible. */
  ping(): void;
  /** Send queued data, then a close frame. */
  close(code: number): void;
  /** Close at once. */
  destroy(): void;
}

export type OpenLinkSocket = (request: LinkRequest, events: LinkSocketEvents) => LinkSocket;

const RESOLVE = ['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_NONAME'];
const UNREACHABLE = ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'EHOSTDOWN', 'ENETDOWN'];
const CLOSED = ['ECONNRESET', 'EPIPE', 'ECONNABORTED'];
const NO_SOCKET = ['EMFILE', 'ENFILE', 'ENOBUFS'];

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
}

/** Converts an error before the upgrade. */
export function errorFromHandshake(cause: unknown, host: string): TiRtcError {
  const code = codeOf(cause);
  const detail = cause instanceof Error ? cause.message || code : 'no reason given';
  const make = (what: string, number: number, advice?: string): TiRtcError =>
    new TiRtcError({ what, number, cause, advice });
  if (RESOLVE.includes(code))
    return make(`the name of ${host} could not be resolved (${code})`, ErrorCode.HTTP_RESOLVE);
  if (UNREACHABLE.includes(code)) return make(`${host} cannot be reached (${code})`, ErrorCode.HTTP_SERVER_DOWN);
  if (NO_SOCKET.includes(code)) return make(`no socket for ${host} (${code})`, ErrorCode.HTTP_SOCKET);
  if (code === 'ETIMEDOUT') return make(`${host} did not answer (${code})`, ErrorCode.TIMEOUTED);
  if (CLOSED.includes(code)) return make(`${host} closed during the handshake (${code})`, ErrorCode.SERVER_ERROR);
  const tls = tlsFailure(cause);
  if (tls !== undefined) return make(`TLS with ${host} failed (${tls.detail})`, ErrorCode.HTTP_SSL, tls.advice);
  return make(`${host} did not upgrade to a WebSocket (${detail})`, ErrorCode.UNEXPECTED_RESPONSE);
}

/** The error of a connection that ended without a `bye`. */
export function brokenConnection(what: string, cause?: unknown): TiRtcError {
  return new TiRtcError({ what, number: ErrorCode.CONN_OTHER_ERROR, cause });
}

/** The error of a peer that broke the rules of docs/wire.md. */
export function protocolViolation(remoteId: string, problem: string): TiRtcError {
  return new TiRtcError({
    what: `the peer of the connection to "${remoteId}" broke the protocol: ${problem}`,
    number: ErrorCode.CONN_OTHER_ERROR,
    code: 'PROTOCOL',
    advice: 'report this fault with the log of the peer',
  });
}
