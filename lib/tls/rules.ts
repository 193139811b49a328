import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { ConnectionOptions, DetailedPeerCertificate, PeerCertificate } from 'node:tls';

/** Forward secrecy and authenticated encryption only, as in native/port/tls. */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

const MIN_CURVE_BITS = 256;

/** What both sides speak. At level 2 OpenSSL refuses RSA keys of fewer than 2048 bits, and SHA-1: those of the other side, and a
 *  server its own. */
export const TLS_FLOOR = { minVersion: 'TLSv1.2', ciphers: `${CIPHERS}:@SECLEVEL=2` } as const;

/** What a client speaks, and the rules of docs/tls.md for the certificates of a service. */
export const CLIENT_TLS: ConnectionOptions = {
  ...TLS_FLOOR,
  rejectUnauthorized: true, // whatever NODE_TLS_REJECT_UNAUTHORIZED says
  checkServerIdentity,
};

/** Check what OpenSSL has not checked: names and curves. Node would also accept a name in the subject, and parts of labels as
 *  wildcards. */
function checkServerIdentity(host: string, peer: PeerCertificate): Error | undefined {
  const certificate = new X509Certificate(peer.raw);
  if (certificate.subjectAltName === undefined) return refusal('CERT_HAS_NO_ALTNAME', 'it has no subjectAltName');
  if (!isFor(certificate, host)) {
    return refusal('ERR_TLS_CERT_ALTNAME_INVALID', `it is for ${certificate.subjectAltName}`);
  }
  const weak = smallestCurve(peer as DetailedPeerCertificate);
  return weak < MIN_CURVE_BITS ? refusal('CERT_KEY_TOO_WEAK', `an elliptic curve of ${weak} bits`) : undefined;
}

function isFor(certificate: X509Certificate, host: string): boolean {
  if (isIP(host) !== 0) return certificate.checkIP(host) !== undefined;
  return certificate.checkHost(host, { subject: 'never', partialWildcards: false }) !== undefined;
}

/** Returns the bits of the smallest curve in a chain; Infinity without one. */
function smallestCurve(peer: DetailedPeerCertificate): number {
  let smallest = Number.POSITIVE_INFINITY;
  let at: DetailedPeerCertificate | undefined = peer;
  while (at !== undefined) {
    if (at.asn1Curve !== undefined && at.bits !== undefined) smallest = Math.min(smallest, at.bits);
    at = at.issuerCertificate === at ? undefined : at.issuerCertificate; // an authority is its own issuer
  }
  return smallest;
}

function refusal(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
