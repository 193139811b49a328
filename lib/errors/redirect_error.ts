import { ErrorCode } from './error_codes.generated.js';
import { TiRtcError } from './tirtc_error.js';

const MAX_SHOWN_CHARACTERS = 200;

/** The endpoint answered with a redirect, which is not followed: a hotel's login page, or a wrong endpoint. */
export function errorFromRedirect(what: string, location: string | undefined): TiRtcError {
  const target = location?.slice(0, MAX_SHOWN_CHARACTERS).replace(/[^!-~]/g, '?') ?? 'nowhere';
  return new TiRtcError({
    what: `${what}: the endpoint redirects to ${target}`,
    number: ErrorCode.UNEXPECTED_RESPONSE,
    code: 'ACCESS_HIJACKING',
    advice: 'redirects are not followed; log in to the network, or correct the endpoint',
    retryable: true,
  });
}
