import { ErrorCode, isTlsFailure, TiRtcError, tlsAdvice } from '../errors/index.js';

/** How a client says that it may connect. */
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

const RESOLVE = ['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_NONAME'];
const UNREACHABLE = ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'EHOSTDOWN', 'ENETDOWN'];
const CLOSED = ['ECONNRESET', 'EPIPE', 'ECONNABORTED'];
const NO_SOCKET = ['EMFILE', 'ENFILE', 'ENOBUFS'];

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
}

/** What an error before the upgrade means. */
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
  if (isTlsFailure(code)) return make(`TLS with ${host} failed (${code})`, ErrorCode.HTTP_SSL, tlsAdvice(code));
  return make(`${host} did not upgrade to a WebSocket (${detail})`, ErrorCode.UNEXPECTED_RESPONSE);
}

/** What the end of a connection without a `bye` means. */
export function brokenConnection(what: string, cause?: unknown): TiRtcError {
  return new TiRtcError({ what, number: ErrorCode.CONN_OTHER_ERROR, cause });
}

/** The other side broke the rules of docs/wire.md. */
export function protocolViolation(remoteId: string, problem: string): TiRtcError {
  return new TiRtcError({
    what: `what came on the connection to "${remoteId}" breaks the protocol: ${problem}`,
    number: ErrorCode.CONN_OTHER_ERROR,
    code: 'PROTOCOL',
    advice: 'please report it with the log of the peer',
  });
}
