import { ErrorCode, TiRtcError } from '../errors/index.js';

const RESOLVE = ['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_NONAME'];
const UNREACHABLE = ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'EHOSTDOWN', 'ENETDOWN'];
const CLOSED = ['ECONNRESET', 'EPIPE', 'ECONNABORTED'];
const NO_SOCKET = ['EMFILE', 'ENFILE', 'ENOBUFS'];
const TLS = /CERT|TLS|SSL|^EPROTO$|UNABLE_TO_|HOSTNAME_MISMATCH|CRL/;

/** What to do about a certificate that Node refused, by the code that OpenSSL or Node gives it. */
const CERTIFICATE_ADVICE: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [/^CERT_HAS_EXPIRED$/, 'its certificate expired: renew it, or set the clock if that is wrong'],
  [/^CERT_NOT_YET_VALID$/, 'its certificate is not valid yet: set the clock, or wait'],
  [/ALTNAME_INVALID$|HOSTNAME_MISMATCH/, 'its certificate is for another host: dial a name that is in it'],
  [
    /SELF_SIGNED|UNABLE_TO_/,
    'its certificate is of nobody who is trusted: give the authority, or the certificate that signed itself, as "ca", or by NODE_EXTRA_CA_CERTS',
  ],
  [/^EPROTO$|WRONG_VERSION_NUMBER|PACKET_LENGTH/, 'it may not speak TLS: is it an http:// endpoint?'],
];

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
}

function tlsError(cause: unknown, code: string, host: string): TiRtcError {
  const advice = CERTIFICATE_ADVICE.find(([pattern]) => pattern.test(code))?.[1];
  const what = `TLS with ${host} failed (${code})`;
  return new TiRtcError({ what, number: ErrorCode.HTTP_SSL, cause, ...(advice === undefined ? {} : { advice }) });
}

/** What an error before the upgrade means. */
export function errorFromHandshake(cause: unknown, host: string): TiRtcError {
  const code = codeOf(cause);
  const detail = cause instanceof Error ? cause.message || code : 'no reason given';
  const make = (what: string, number: number): TiRtcError => new TiRtcError({ what, number, cause });
  if (RESOLVE.includes(code))
    return make(`the name of ${host} could not be resolved (${code})`, ErrorCode.HTTP_RESOLVE);
  if (UNREACHABLE.includes(code)) return make(`${host} cannot be reached (${code})`, ErrorCode.HTTP_SERVER_DOWN);
  if (NO_SOCKET.includes(code)) return make(`no socket for ${host} (${code})`, ErrorCode.HTTP_SOCKET);
  if (code === 'ETIMEDOUT') return make(`${host} did not answer (${code})`, ErrorCode.TIMEOUTED);
  if (CLOSED.includes(code)) return make(`${host} closed during the handshake (${code})`, ErrorCode.SERVER_ERROR);
  if (TLS.test(code)) return tlsError(cause, code, host);
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
