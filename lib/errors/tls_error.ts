const TLS = /CERT|TLS|SSL|^EPROTO$|UNABLE_TO_|HOSTNAME_MISMATCH|CRL|^INVALID_(CA|PURPOSE)$|^PATH_LENGTH_EXCEEDED$/;
const MAX_DETAIL_CHARACTERS = 200;

/** OpenSSL has more verdicts on certificates than Node has codes; for the others Node has this one and OpenSSL's text. */
const UNNAMED = 'UNSPECIFIED';

/** What to do about a failure, by the code of OpenSSL, Node or lib/tls, or by the text of an unnamed one. */
const ADVICE: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [/^CERT_HAS_EXPIRED$/, 'its certificate expired: renew it, or set the clock if that is wrong'],
  [/^CERT_NOT_YET_VALID$/, 'its certificate is not valid yet: set the clock, or wait'],
  [/ALTNAME_INVALID$|HOSTNAME_MISMATCH/, 'its certificate is for another host: use a host name that is in it'],
  [
    /^CERT_HAS_NO_ALTNAME$/,
    'its certificate has no subjectAltName: get one that has the host there, not only in its subject',
  ],
  [
    /KEY_TOO_WEAK|key too weak/,
    'one of its keys is too weak: use RSA of at least 2048 bits, or an elliptic curve of at least 256',
  ],
  [
    /digest algorithm too weak/,
    'its certificate is signed with a hash that is too weak: get one that is signed with SHA-256 or stronger, by authorities whose certificates are too',
  ],
  [/^INVALID_PURPOSE$/, 'the key usage of its certificate does not allow a server: get one for servers'],
  [/^INVALID_CA$|^PATH_LENGTH_EXCEEDED$/, 'a certificate of its chain must not sign others: correct the chain'],
  [
    /SELF_SIGNED|UNABLE_TO_/,
    'its certificate is not signed by a trusted authority: pass the authority, or the self-signed certificate, as the option "ca" of a client, or by NODE_EXTRA_CA_CERTS',
  ],
  [
    /HANDSHAKE_FAILURE|PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/,
    'it may lack TLS 1.2 or all of the ciphers (ECDHE with AES-GCM or ChaCha20-Poly1305): update its TLS',
  ],
  [/^EPROTO$|WRONG_VERSION_NUMBER|PACKET_LENGTH/, 'the endpoint may not speak TLS: is it an http:// endpoint?'],
];

/** A failure of TLS. */
export interface TlsFailure {
  /** The code, or a text of one line. */
  readonly detail: string;
  /** What to do, if that is known. */
  readonly advice: string | undefined;
}

/** Returns what an error of Node says about TLS; undefined if it is about something else. */
export function tlsFailure(error: unknown): TlsFailure | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const message = error instanceof Error ? error.message : '';
  if (code !== UNNAMED && !TLS.test(code)) return undefined;
  const subject = code === UNNAMED ? message : code;
  const advice = ADVICE.find(([pattern]) => pattern.test(subject))?.[1];
  // Only lib/tls writes this form; a message of OpenSSL repeats the code.
  const detail = code !== UNNAMED && message.startsWith('it is for ') ? `${code}: ${message}` : subject;
  return { detail: detail.slice(0, MAX_DETAIL_CHARACTERS).replace(/[^ -~]/g, '?'), advice };
}
