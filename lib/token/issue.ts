import { refuseUnknownKeys } from '../errors/index.js';
import { MAX_SUBJECT_BYTES } from '../wire/index.js';
import { CONNECT_SCOPE, type ConnectTokenClaims, isLongerInUtf8, utf8Length } from './claims.js';
import { invalidOption } from './error.js';

/** The options of issueConnectToken(). */
export interface ConnectTokenOptions {
  /** The access id of your application. */
  readonly accessId: string;
  /** The secret key that belongs to the access id. */
  readonly secretKey: string;
  /** The device that the token lets a client connect to, `id` or `device://id`. */
  readonly remoteId: string;
  /** The secret key of that device. */
  readonly deviceSecretKey: string;
  /** The user the token is for, as your backend knows them. At most 1024 bytes of UTF-8. */
  readonly subject: string;
  /** The lifetime, 1 to 86400 seconds. Default 300. */
  readonly ttlSeconds?: number;
  /** Seconds since 1970. Default now. */
  readonly issuedAt?: number;
  /** 16 bytes, new for every token. Default random; set it only in tests. */
  readonly nonce?: Uint8Array;
}

const KNOWN_OPTIONS = [
  'accessId',
  'secretKey',
  'remoteId',
  'deviceSecretKey',
  'subject',
  'ttlSeconds',
  'issuedAt',
  'nonce',
] as const satisfies readonly (keyof ConnectTokenOptions)[];

export const DEFAULT_TTL_SECONDS = 300;
export const MAX_TTL_SECONDS = 86_400;
/** A token is sent in a request header, whose length is limited. */
export const MAX_TOKEN_CHARACTERS = 8192;
const NONCE_BYTES = 16;
const SIGNATURE_CHARACTERS = 43;

/** What the platform adds to the options: time, randomness and an encoding. */
export interface IssueDefaults {
  readonly now: () => number;
  readonly randomBytes: (size: number) => Uint8Array;
  readonly bytesToBase64url: (bytes: Uint8Array) => string;
}

/** Checks the options and makes the claims. Throws a TiRtcError that names the option at fault. */
export function claimsFor(options: ConnectTokenOptions, defaults: IssueDefaults): ConnectTokenClaims {
  refuseUnknownKeys('issueConnectToken', options, KNOWN_OPTIONS);
  for (const name of ['accessId', 'secretKey', 'remoteId', 'deviceSecretKey'] as const) {
    if (typeof options[name] !== 'string' || options[name] === '') {
      throw invalidOption(name, 'must be a string that is not empty');
    }
  }
  const { subject, ttlSeconds = DEFAULT_TTL_SECONDS, issuedAt = defaults.now() } = options;
  if (typeof subject !== 'string') throw invalidOption('subject', 'must be a string: the user the token is for');
  if (isLongerInUtf8(subject, MAX_SUBJECT_BYTES)) {
    const bytes = utf8Length(subject);
    throw invalidOption('subject', `has ${bytes} bytes of UTF-8; at most ${MAX_SUBJECT_BYTES} are allowed`);
  }
  if (!Number.isInteger(ttlSeconds) || ttlSeconds < 1 || ttlSeconds > MAX_TTL_SECONDS) {
    throw invalidOption('ttlSeconds', `must be a whole number from 1 to ${MAX_TTL_SECONDS}, not ${ttlSeconds}`);
  }
  if (!Number.isSafeInteger(issuedAt) || !Number.isSafeInteger(issuedAt + ttlSeconds)) {
    throw invalidOption('issuedAt', `must be a whole number of seconds since 1970, not ${issuedAt}`);
  }
  return {
    sub: subject,
    scope: CONNECT_SCOPE + options.remoteId,
    iss: options.accessId,
    iat: issuedAt,
    exp: issuedAt + ttlSeconds,
    nonce: defaults.bytesToBase64url(checkedNonce(options.nonce ?? defaults.randomBytes(NONCE_BYTES))),
  };
}

function checkedNonce(nonce: Uint8Array): Uint8Array {
  if (!(nonce instanceof Uint8Array) || nonce.length !== NONCE_BYTES) {
    throw invalidOption('nonce', `must be a Uint8Array of ${NONCE_BYTES} bytes; leave it out to get a random one`);
  }
  return nonce;
}

/** Returns the token of a signed payload. */
export function assembleToken(payload: string, signature: string): string {
  return `v1.${payload}.${signature}`;
}

/** Throws INVALID_PARAMETER for a payload that every verifier would refuse, before it is signed. */
export function checkPayloadLength(payload: string): string {
  const length = 'v1..'.length + payload.length + SIGNATURE_CHARACTERS;
  if (length > MAX_TOKEN_CHARACTERS) {
    throw invalidOption(
      'subject, remoteId or accessId',
      `would make a token of ${length} characters; at most ${MAX_TOKEN_CHARACTERS} are allowed, so use shorter ids`,
    );
  }
  return payload;
}
