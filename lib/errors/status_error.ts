import { ErrorCode } from './error_codes.generated.js';
import { errorFromRedirect } from './redirect_error.js';
import { TiRtcError } from './tirtc_error.js';

/** What an HTTP status instead of a link means for a connect (docs/errors.md), whoever connects. `what` says what was going
 *  on and who answered. */
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
