import { ErrorCode } from './error_codes.generated.js';
import { TiRtcError } from './tirtc_error.js';

const MAX_LOCATION_CHARACTERS = 200;

/** Returns the error for a redirect, which is not followed: its cause is a login page of the network, or a wrong
 *  endpoint. */
export function errorFromRedirect(what: string, location: string | undefined): TiRtcError {
  return new TiRtcError({
    what: `${what}: the endpoint ${describeRedirect(location)}`,
    number: ErrorCode.UNEXPECTED_RESPONSE,
    code: 'ACCESS_HIJACKING',
    advice: 'redirects are not followed; log in to the network, or correct the endpoint',
    retryable: true,
  });
}

/** Returns where a redirect leads to, as in "redirects to http://x". */
export function describeRedirect(location: string | undefined): string {
  return `redirects to ${location?.slice(0, MAX_LOCATION_CHARACTERS).replace(/[^!-~]/g, '?') ?? 'nowhere'}`;
}

/** Returns the error for a connect that received an HTTP status instead of a link (docs/errors.md). `what` says what was
 *  going on and which endpoint answered. */
export function errorFromStatus(status: number, what: string, location?: string): TiRtcError {
  const answered = `${what} was answered with HTTP ${status}`;
  if (status >= 300 && status < 400) return errorFromRedirect(answered, location);
  if (status === 401 || status === 403) {
    const advice = 'the credential was not accepted; connect with a fresh token';
    return new TiRtcError({ what: answered, number: ErrorCode.SERVER_ERROR, advice, retryable: false });
  }
  const number = status >= 500 ? ErrorCode.SERVER_ERROR : ErrorCode.UNEXPECTED_RESPONSE;
  return new TiRtcError({ what: answered, number });
}
