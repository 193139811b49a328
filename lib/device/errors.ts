import {
  ErrorCode,
  errorFromBye,
  errorFromNumber,
  errorFromRedirect,
  errorFromStatus,
  TiRtcError,
} from '../errors/index.js';
import { EVENT } from '../native/index.js';
import type { StartFailure } from './device_types.js';
import type { EventReader } from './event_reader.js';

const NO_TLS =
  'use an http:// endpoint, such as a proxy on this machine that uses TLS to the service; clients of connect() have TLS';

/** The core refused to start; `who` names the device. */
export function startError(number: number, who: string, endpoint: string): TiRtcError {
  const what = `${who} could not start`;
  if (number !== ErrorCode.INVALID_PARAMETER) return errorFromNumber(number, what);
  if (/^(https|wss):/i.test(endpoint)) {
    const why = 'the endpoint uses https, and devices in Node have no TLS';
    return new TiRtcError({ what: `${what}: ${why}`, number, advice: NO_TLS });
  }
  return new TiRtcError({ what, number, advice: 'check the endpoint and the numeric options' });
}

/** A start() reached its timeout; `cause` is the failure of the last attempt. */
export function timeoutError(who: string, timeoutMs: number, cause: TiRtcError | undefined): TiRtcError {
  return new TiRtcError({
    what: `${who} did not start in ${timeoutMs} ms`,
    number: ErrorCode.TIMEOUTED,
    advice: cause?.advice ?? 'check that the endpoint is a TiRTC service and that it can be reached',
    cause,
  });
}

/** A stop() ended a pending start(). */
export function stoppedError(who: string): TiRtcError {
  return new TiRtcError({
    what: `${who} was stopped before it was online`,
    number: ErrorCode.CONN_OTHER_ERROR,
    code: 'DEVICE_STOPPED',
    advice: 'start it again if you still need it',
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

/** The core refused to connect. */
export function connectError(number: number, remoteId: string, hasToken: boolean): TiRtcError {
  const what = `no connection to "${remoteId}"`;
  switch (number) {
    case ErrorCode.NOT_INITIALIZED:
      return new TiRtcError({ what, number, advice: 'await start() first' });
    case ErrorCode.CACHE_EXPIRED:
      return new TiRtcError({ what, number, advice: 'give a token: there is no valid ticket of an earlier connect' });
    case ErrorCode.INVALID_PARAMETER: {
      const subject = hasToken ? 'the remote id and the token: they have' : 'the remote id: it has';
      return new TiRtcError({
        what,
        number,
        advice: `check ${subject} a limited length and must not have control characters`,
      });
    }
    default:
      return errorFromNumber(number, what);
  }
}

/** The location of a redirect, until the failure that it caused was reported. */
export class Redirect {
  location: string | undefined;

  take(): string | undefined {
    const { location } = this;
    this.location = undefined;
    return location;
  }
}

/** The error of a failed connect. */
export function attemptError(event: EventReader, remoteId: string, endpoint: string, redirect: Redirect): TiRtcError {
  if (event.httpStatus === 0) return endError(event, `no connection to "${remoteId}"`, redirect);
  const what = `no connection to "${remoteId}": the upgrade at ${new URL(endpoint).host}`;
  return errorFromStatus(event.httpStatus, what, redirect.take());
}

/** What an event reports of a start that failed or was lost; `who` names the device. */
export function startFailure(
  event: EventReader,
  who: string,
  redirect: Redirect,
  failedAttempts: number,
): StartFailure {
  const lost = failedAttempts === 0 ? 'lost the service' : 'could not reconnect';
  const what = `${who} ${event.kind === EVENT.serviceLost ? lost : 'could not start'}`;
  const retryInMs = event.retryInMs === 0 ? undefined : event.retryInMs;
  return { error: endError(event, what, redirect, 'start'), retryInMs, failedAttempts };
}

/** The error of an event that ends a connection or a start. */
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
