import { ErrorCode } from './error_codes.generated.js';
import { TiRtcError } from './tirtc_error.js';

/** The reasons of `bye` (docs/wire.md section 3). */
export const BYE_REASONS = {
  refused: 1,
  replaced: 2,
  peer_closed: 3,
  peer_silent: 4,
  stopping: 5,
  protocol: 6,
  other: 7,
  offline: 8,
  full: 9,
  ticket: 10,
  timeout: 11,
  token_form: 16,
  token_issuer: 17,
  token_device: 18,
  token_signature: 19,
  token_target: 20,
  token_early: 21,
  token_expired: 22,
  token_lifetime: 23,
  token_used: 24,
} as const;

/** The name of a reason; in capitals it is the `code` of the error. */
export type ByeName = keyof typeof BYE_REASONS;

export interface ByeInfo {
  readonly reason: number;
  readonly name: ByeName;
  /** TIRTC_E_* at the receiver, on a connection. */
  readonly connectionError: number;
  /** TIRTC_E_* at the receiver, on a start link. */
  readonly startError: number;
  readonly meaning: string;
  readonly advice: string;
}

type Row = readonly [error: number, meaning: string, advice: string];

const E = ErrorCode;

const ROWS: Readonly<Record<ByeName, Row>> = {
  refused: [E.CONN_OTHER_ERROR, 'the service refused the device', 'check device id and secret key'],
  replaced: [E.CONN_OTHER_ERROR, 'a newer start of this device id took over', 'run each device id once'],
  peer_closed: [E.CONN_REMOTECLOSE, 'the peer closed the connection', 'connect again if you need it'],
  peer_silent: [E.CONN_TIMEOUTCLOSE, 'the peer fell silent', 'check its network, then connect again'],
  stopping: [E.CONN_OTHER_ERROR, 'the service is stopping', 'connect again when it is back'],
  protocol: [E.CONN_OTHER_ERROR, 'the service found a protocol error', 'please report it with the log'],
  other: [E.CONN_OTHER_ERROR, 'the service ended the link', 'connect again; the log of the service says why'],
  offline: [E.CONN_REMOTECLOSE, 'the device is unknown or not started', 'check the remote id, start the device'],
  full: [E.BUSY, 'the device or the service has no room for another connection', 'connect again later'],
  ticket: [E.CACHE_EXPIRED, 'the ticket is invalid or has expired', 'connect with a token'],
  timeout: [E.TIMEOUTED, 'the device did not answer in time', 'check that it is online, then connect again'],
  token_form: [E.SERVER_ERROR, 'this is not a v1 token', 'pass the token exactly as it was issued'],
  token_issuer: [E.SERVER_ERROR, 'the access id that issued the token is unknown', 'check the access id'],
  token_device: [E.CONN_REMOTECLOSE, 'the device in the scope of the token is unknown', 'check the remote id'],
  token_signature: [E.SERVER_ERROR, 'the signature of the token is wrong', 'check both secret keys of the issuer'],
  token_target: [E.SERVER_ERROR, 'the token is for another target', 'issue it for the remote id you connect to'],
  token_early: [E.SERVER_ERROR, 'the token was issued in the future', 'check the clock of the issuer'],
  token_expired: [E.SERVER_ERROR, 'the token has expired', 'issue a new one'],
  token_lifetime: [E.SERVER_ERROR, 'the lifetime of the token is not 1 to 86400 s', 'issue it with another lifetime'],
  token_used: [E.SERVER_ERROR, 'the token was used before', 'issue a new one for each connect'],
};

/** The numbers of reasons whose meaning differs on a start link. */
const START_ERRORS: Readonly<Partial<Record<ByeName, number>>> = {
  refused: E.INVALID_LICENSE,
  replaced: E.BUSY,
  stopping: E.SERVER_ERROR,
  protocol: E.UNEXPECTED_RESPONSE,
  other: E.SERVER_ERROR,
};

const BY_REASON: ReadonlyMap<number, ByeInfo> = new Map(
  (Object.keys(ROWS) as ByeName[]).map((name) => {
    const [connectionError, meaning, advice] = ROWS[name];
    const reason = BYE_REASONS[name];
    const startError = START_ERRORS[name] ?? connectionError;
    return [reason, { reason, name, connectionError, startError, meaning, advice }];
  }),
);

/** Returns what a reason means. An unknown reason counts as `other`. */
export function byeInfo(reason: number): ByeInfo {
  const info = BY_REASON.get(reason) ?? BY_REASON.get(BYE_REASONS.other);
  if (info === undefined) throw new Error('the table of bye reasons has no row for `other`');
  return info;
}

/** The link that carried the `bye`; some reasons have a meaning for each. */
export type ByeLink = 'connection' | 'start';

/** Reasons that the same call meets again. */
const RETRY_IS_USELESS: ReadonlySet<number> = new Set([
  BYE_REASONS.refused,
  BYE_REASONS.replaced,
  BYE_REASONS.ticket,
  BYE_REASONS.token_form,
  BYE_REASONS.token_issuer,
  BYE_REASONS.token_device,
  BYE_REASONS.token_signature,
  BYE_REASONS.token_target,
  BYE_REASONS.token_expired,
  BYE_REASONS.token_lifetime,
  BYE_REASONS.token_used,
]);

/** Returns the error for a `bye`. Its code is the name of the reason in capitals: `TOKEN_EXPIRED`. `what` says what was
 *  going on; `text` is the text of the service. */
export function errorFromBye(reason: number, what: string, text = '', link: ByeLink = 'connection'): TiRtcError {
  const info: ByeInfo = byeInfo(reason);
  return new TiRtcError({
    what: `${what}: ${info.meaning}${text === '' ? '' : ` ("${text}")`}`,
    number: link === 'start' ? info.startError : info.connectionError,
    code: info.name.toUpperCase(),
    advice: info.advice,
    retryable: !RETRY_IS_USELESS.has(info.reason),
  });
}
