import { ErrorCode } from './error_codes.generated.js';
import { TiRtcError } from './tirtc_error.js';

const MAX_LOCATION_CHARACTERS = 200;
const TLS = /CERT|TLS|SSL|^EPROTO$|UNABLE_TO_|HOSTNAME_MISMATCH|CRL/;

/** What to do about a certificate that Node refused, by the code of OpenSSL or Node. */
const CERTIFICATE_ADVICE: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [/^CERT_HAS_EXPIRED$/, 'its certificate expired: renew it, or set the clock if that is wrong'],
  [/^CERT_NOT_YET_VALID$/, 'its certificate is not valid yet: set the clock, or wait'],
  [/ALTNAME_INVALID$|HOSTNAME_MISMATCH/, 'its certificate is for another host: use a host name that is in it'],
  [
    /SELF_SIGNED|UNABLE_TO_/,
    'its certificate is not signed by a trusted authority: pass the authority, or the self-signed certificate, as the option "ca" of a client, or by NODE_EXTRA_CA_CERTS',
  ],
  [/^EPROTO$|WRONG_VERSION_NUMBER|PACKET_LENGTH/, 'the endpoint may not speak TLS: is it an http:// endpoint?'],
];

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

/** Returns whether an error of Node with this code is about TLS. */
export function isTlsFailure(code: string): boolean {
  return TLS.test(code);
}

/** Returns what to do about a failure of TLS, if that is known. */
export function tlsAdvice(code: string): string | undefined {
  return CERTIFICATE_ADVICE.find(([pattern]) => pattern.test(code))?.[1];
}
