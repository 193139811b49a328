import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** A certificate and its key, both in PEM format, for one run of a test. */
export interface Certificate {
  readonly subject: string;
  readonly key: string;
  readonly cert: string;
  /** SHA-256 of the public key, in hexadecimal. */
  readonly pin: string;
}

export type KeyKind = 'P-224' | 'P-256' | 'P-384' | 'RSA-1024' | 'RSA-2048';

export interface CertificateWish {
  readonly subject: string;
  readonly dns?: readonly string[];
  readonly addresses?: readonly string[];
  /** Who signs it. Default: itself. */
  readonly by?: Certificate;
  readonly authority?: boolean;
  /** Default P-256. */
  readonly keyKind?: KeyKind;
  /** The hash of the signature. Default sha256. */
  readonly hash?: 'sha1' | 'sha256';
  /** A certificate for clients. */
  readonly forClients?: boolean;
  /** When it is valid, in days from now. Default -1 to 1. */
  readonly fromDays?: number;
  readonly toDays?: number;
}

const DAY_MS = 86_400_000;
const SIGNATURES = {
  ec: { sha1: '1.2.840.10045.4.1', sha256: '1.2.840.10045.4.3.2' },
  rsa: { sha1: '1.2.840.113549.1.1.5', sha256: '1.2.840.113549.1.1.11' },
} as const;
const COMMON_NAME = '2.5.4.3';
const SUBJECT_ALT_NAME = '2.5.29.17';
const BASIC_CONSTRAINTS = '2.5.29.19';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const CLIENT_AUTHENTICATION = '1.3.6.1.5.5.7.3.2';

/** Returns one ASN.1 value in DER. */
function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  const size = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

const sequence = (...content: readonly Uint8Array[]): Buffer => der(0x30, ...content);
const octets = (content: Uint8Array): Buffer => der(0x04, content);
const bits = (content: Uint8Array): Buffer => der(0x03, Buffer.from([0]), content);

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 127];
    for (let left = arc >> 7; left > 0; left >>= 7) groups.unshift((left & 127) | 128);
    bytes.push(...groups);
  }
  return der(0x06, Buffer.from(bytes));
}

const name = (common: string): Buffer =>
  sequence(der(0x31, sequence(oid(COMMON_NAME), der(0x0c, Buffer.from(common)))));

/** Returns a GeneralizedTime, with years of four digits. */
function date(days: number): Buffer {
  const text = new Date(Math.floor(performance.timeOrigin + performance.now()) + days * DAY_MS).toISOString();
  return der(0x18, Buffer.from(text.replace(/[-:T]|\.\d+/g, '')));
}

function altNames({ dns = [], addresses = [] }: CertificateWish): readonly Buffer[] {
  const names = [
    ...dns.map((text) => der(0x82, Buffer.from(text))),
    ...addresses.map((text) => der(0x87, Buffer.from(text.split('.').map(Number)))),
  ];
  return names.length === 0 ? [] : [sequence(oid(SUBJECT_ALT_NAME), octets(sequence(...names)))];
}

function constraints(authority: boolean): Buffer {
  const isAuthority = authority ? [der(0x01, Buffer.from([255]))] : [];
  return sequence(oid(BASIC_CONSTRAINTS), der(0x01, Buffer.from([255])), octets(sequence(...isAuthority)));
}

function generateKey(kind: KeyKind): KeyObject {
  if (kind.startsWith('P-')) return generateKeyPairSync('ec', { namedCurve: kind }).privateKey;
  return generateKeyPairSync('rsa', { modulusLength: Number(kind.slice(4)) }).privateKey;
}

/** Returns the AlgorithmIdentifier of a signature. */
function signatureOf(signer: KeyObject, hash: 'sha1' | 'sha256'): Buffer {
  if (signer.asymmetricKeyType === 'ec') return sequence(oid(SIGNATURES.ec[hash]));
  return sequence(oid(SIGNATURES.rsa[hash]), der(0x05));
}

function pem(content: Buffer): string {
  const lines = content.toString('base64').replace(/.{1,64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`;
}

const publicDer = (key: KeyObject): Buffer => createPublicKey(key).export({ type: 'spki', format: 'der' });

/** Makes a certificate with a new key (RFC 5280 section 4.1). */
export function makeCertificate(wish: CertificateWish): Certificate {
  const { subject, by, authority = false, fromDays = -1, toDays = 1, keyKind = 'P-256', hash = 'sha256' } = wish;
  const privateKey = generateKey(keyKind);
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const signer = by === undefined ? privateKey : createPrivateKey(by.key);
  const algorithm = signatureOf(signer, hash);
  const publicKey = publicDer(privateKey);
  const usage = sequence(oid(EXTENDED_KEY_USAGE), octets(sequence(oid(CLIENT_AUTHENTICATION))));
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1, ...createHash('sha256').update(publicKey).digest().subarray(0, 8)])),
    algorithm,
    name(by?.subject ?? subject),
    sequence(date(fromDays), date(toDays)),
    name(subject),
    publicKey,
    der(0xa3, sequence(constraints(authority), ...altNames(wish), ...(wish.forClients === true ? [usage] : []))),
  );
  const cert = pem(sequence(body, algorithm, bits(sign(hash, body, signer))));
  return { subject, key, cert, pin: createHash('sha256').update(publicKey).digest('hex') };
}
