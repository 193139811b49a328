import {
  ErrorCode,
  errorFromBye,
  errorFromNumber,
  errorFromRedirect,
  errorFromStatus,
  TiRtcError,
} from '../errors/index.js';
import type { EventReader } from './event_reader.js';

const NO_TLS =
  'use an http:// endpoint, such as that of a proxy on this machine that speaks TLS with the service; connect() needs none';

/** Why the core refused to start; `who` names the device. */
export function startError(number: number, who: string, endpoint: string): TiRtcError {
  const what = `${who} could not start`;
  if (number !== ErrorCode.INVALID_PARAMETER) return errorFromNumber(number, what);
  if (/^(https|wss):/i.test(endpoint)) {
    const why = 'the endpoint is an https one, and devices in Node have no TLS';
    return new TiRtcError({ what: `${what}: ${why}`, number, advice: NO_TLS });
  }
  return new TiRtcError({ what, number, advice: 'check the endpoint and the numbers among the options' });
}

/** A start() that was given up after its time; `cause` is why the last attempt failed. */
export function timeoutError(who: string, timeoutMs: number, cause: TiRtcError | undefined): TiRtcError {
  return new TiRtcError({
    what: `${who} did not start in ${timeoutMs} ms`,
    number: ErrorCode.TIMEOUTED,
    advice: cause?.advice ?? 'check that the endpoint is a TiRTC service and can be reached',
    cause,
  });
}

/** A stop() ended a start() that was under way. */
export function stoppedError(who: string): TiRtcError {
  return new TiRtcError({
    what: `${who} was stopped before it was online`,
    number: ErrorCode.CONN_OTHER_ERROR,
    code: 'DEVICE_STOPPED',
    advice: 'start it again when it is wanted',
  });
}

export function closedError(call: string, who: string): TiRtcError {
  return new TiRtcError({
    what: `${call} after close() of ${who}`,
    number: ErrorCode.NOT_INITIALIZED,
    code: 'DEVICE_CLOSED',
    advice: 'make a new Device',
  });
}

/** Why the core refused to connect. */
export function connectError(number: number, remoteId: string, hasToken: boolean): TiRtcError {
  const what = `no connection to "${remoteId}"`;
  switch (number) {
    case ErrorCode.NOT_INITIALIZED:
      return new TiRtcError({ what, number, advice: 'await start() first' });
    case ErrorCode.CACHE_EXPIRED:
      return new TiRtcError({ what, number, advice: 'give a token: none of an earlier connect can be used again' });
    case ErrorCode.INVALID_PARAMETER: {
      const subject = hasToken ? 'the remote id and the token: both are' : 'the remote id: it is';
      return new TiRtcError({
        what,
        number,
        advice: `check ${subject} bounded in length and cannot hold control characters`,
      });
    }
    default:
      return errorFromNumber(number, what);
  }
}

/** Where the endpoint redirected to, until the failure that it caused was told. */
export class Redirect {
  location: string | undefined;

  take(): string | undefined {
    const { location } = this;
    this.location = undefined;
    return location;
  }
}

/** Why a connect got no connection. */
export function attemptError(event: EventReader, remoteId: string, endpoint: string, redirect: Redirect): TiRtcError {
  if (event.httpStatus === 0) return endError(event, `no connection to "${remoteId}"`, redirect);
  const what = `no connection to "${remoteId}": the upgrade at ${new URL(endpoint).host}`;
  return errorFromStatus(event.httpStatus, what, redirect.take());
}

/** Why something ended that an event tells of. */
export function endError(
  event: EventReader,
  what: string,
  redirect: Redirect,
  link: 'connection' | 'start' = 'connection',
): TiRtcError {
  if (event.reason !== 0) return errorFromBye(event.reason, what, event.text(), link);
  const location = event.error === ErrorCode.UNEXPECTED_RESPONSE ? redirect.take() : undefined;
  if (location !== undefined) return errorFromRedirect(what, location);
  const text = event.text();
  return errorFromNumber(event.error, text === '' ? what : `${what}: ${text}`);
}
