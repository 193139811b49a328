const TLS = /CERT|TLS|SSL|^EPROTO$|UNABLE_TO_|HOSTNAME_MISMATCH|CRL/;

/** What to do about a certificate that Node refused, by the code that OpenSSL or Node gives it. */
const CERTIFICATE_ADVICE: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [/^CERT_HAS_EXPIRED$/, 'its certificate expired: renew it, or set the clock if that is wrong'],
  [/^CERT_NOT_YET_VALID$/, 'its certificate is not valid yet: set the clock, or wait'],
  [/ALTNAME_INVALID$|HOSTNAME_MISMATCH/, 'its certificate is for another host: dial a name that is in it'],
  [
    /SELF_SIGNED|UNABLE_TO_/,
    'its certificate is of nobody who is trusted: give the authority, or the certificate that signed itself, as "ca" of a client, or by NODE_EXTRA_CA_CERTS',
  ],
  [/^EPROTO$|WRONG_VERSION_NUMBER|PACKET_LENGTH/, 'it may not speak TLS: is it an http:// endpoint?'],
];

/** Whether an error of Node with this code is one of TLS. */
export function isTlsFailure(code: string): boolean {
  return TLS.test(code);
}

/** What to do about it, where that is known. */
export function tlsAdvice(code: string): string | undefined {
  return CERTIFICATE_ADVICE.find(([pattern]) => pattern.test(code))?.[1];
}
