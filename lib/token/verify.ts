import { inspectForError, refuseUnknownKeys } from '../errors/index.js';
import { bareRemoteId } from '../wire/index.js';
import { CONNECT_SCOPE, type ConnectTokenClaims, claimsFromJson } from './claims.js';
import { invalidOption, TokenError } from './error.js';
import { MAX_TOKEN_CHARACTERS, MAX_TTL_SECONDS } from './issue.js';
import type { UsedNonces } from './nonce_store.js';

/** Finds the secret key of an id: a plain object, a Map, or a function. */
export type SecretLookup =
  | Readonly<Record<string, string>>
  | ReadonlyMap<string, string>
  | ((id: string) => string | undefined);

/** The options of verifyConnectToken(). */
export interface VerifyTokenOptions {
  /** Access id to secret key. */
  readonly apps: SecretLookup;
  /** Device id to device secret key. */
  readonly devices: SecretLookup;
  /** The device that the client wants to connect to, `id` or `device://id`. */
  readonly target: string;
  /** Seconds since 1970. Default now. */
  readonly now?: number;
  /** How far the clocks may differ, in seconds. Default 60. */
  readonly skewSeconds?: number;
  /** See VerifyOnceOptions. Without it a token can be used again until it expires. */
  readonly nonces?: undefined;
}

/** The options of verifyConnectToken() that also uses the token up, which takes a promise. */
export interface VerifyOnceOptions extends Omit<VerifyTokenOptions, 'nonces'> {
  /** Remembers used nonces: a `NonceStore`, or an object with its method `use()` that asks a database. */
  readonly nonces: UsedNonces;
  /** How long `nonces` may take to answer, in ms; then the token is refused. Default 5000. */
  readonly nonceTimeoutMs?: number;
}

/** The options of both forms. */
export type AnyVerifyOptions = VerifyTokenOptions | VerifyOnceOptions;

const KNOWN_OPTIONS = [
  'apps',
  'devices',
  'target',
  'now',
  'skewSeconds',
  'nonces',
  'nonceTimeoutMs',
] as const satisfies readonly (keyof VerifyOnceOptions)[];

export const DEFAULT_SKEW_SECONDS = 60;

/** A valid token. */
export interface VerifiedToken {
  /** Its claims. */
  readonly claims: ConnectTokenClaims;
  /** The device it is for, without `device://`. */
  readonly deviceId: string;
}

/** The parts of a token that has not been verified. */
export interface ParsedToken {
  readonly payload: string;
  readonly signature: string;
  readonly claims: ConnectTokenClaims;
  readonly deviceId: string;
}

/** A parsed token and the keys that must have signed it. */
export interface TokenToProve extends ParsedToken {
  readonly secretKey: string;
  readonly deviceSecretKey: string;
}

const PREFIX = 'v1.';
const SIGNATURE = /^[A-Za-z0-9_-]{43}$/;

/** Parses a token without verifying it. `base64urlToText` throws when the text is not unpadded base64url of UTF-8 in its
 *  canonical spelling. */
export function parseToken(token: string, base64urlToText: (text: string) => string): ParsedToken {
  if (typeof token !== 'string' || token === '') throw new TokenError('token_form', 'it is missing or not a string');
  if (token.length > MAX_TOKEN_CHARACTERS) {
    throw new TokenError('token_form', `it has ${token.length} characters, more than ${MAX_TOKEN_CHARACTERS}`);
  }
  const end = token.lastIndexOf('.');
  const payload = token.slice(PREFIX.length, end);
  const signature = token.slice(end + 1);
  if (!token.startsWith(PREFIX) || payload === '' || payload.includes('.') || !SIGNATURE.test(signature)) {
    throw new TokenError('token_form', 'it is not "v1.<payload>.<signature>" in base64url');
  }
  const claims = claimsFromJson(parseJson(payload, base64urlToText));
  if (typeof claims === 'string') throw new TokenError('token_form', claims);
  return { payload, signature, claims, deviceId: bareRemoteId(claims.scope.slice(CONNECT_SCOPE.length)) };
}

function parseJson(payload: string, base64urlToText: (text: string) => string): unknown {
  try {
    return JSON.parse(base64urlToText(payload));
  } catch {
    // The cause would quote the payload, and an error never contains a token.
    throw new TokenError('token_form', 'its payload is not JSON in UTF-8 in base64url');
  }
}

/** Checks 2 and 3: issuer, device of the scope. A secret is undefined if the id is not known. */
export function withKeys(
  token: ParsedToken,
  secretKey: string | undefined,
  deviceSecretKey: string | undefined,
): TokenToProve {
  if (secretKey === undefined) {
    throw new TokenError('token_issuer', `the access id ${inspectForError(token.claims.iss)} is not known here`);
  }
  if (deviceSecretKey === undefined) {
    throw new TokenError(
      'token_device',
      `the device ${inspectForError(token.deviceId)} in its scope is not known here`,
    );
  }
  return { ...token, secretKey, deviceSecretKey };
}

/** Checks 1 to 3 with the secrets of the options. */
export function findKeys(
  token: string,
  options: AnyVerifyOptions,
  base64urlToText: (text: string) => string,
): TokenToProve {
  const parsed = parseToken(token, base64urlToText);
  const secretKey = lookUp('apps', options.apps, parsed.claims.iss);
  const deviceSecretKey = secretKey === undefined ? undefined : lookUp('devices', options.devices, parsed.deviceId);
  return withKeys(parsed, secretKey, deviceSecretKey);
}

/** Check 4: the signature. `expected` is made with the keys that were found. */
export function checkSignature(token: TokenToProve, expected: string): void {
  let difference = token.signature.length ^ expected.length;
  for (let i = 0; i < expected.length; i++) difference |= token.signature.charCodeAt(i) ^ expected.charCodeAt(i);
  if (difference !== 0) {
    throw new TokenError(
      'token_signature',
      `it is not signed with the keys of ${inspectForError(token.claims.iss)} and its device`,
    );
  }
}

/** The circumstances in which a token must be valid. */
export interface TokenUse {
  /** `id` or `device://id`. */
  readonly target: string;
  /** Seconds since 1970. */
  readonly now: number;
  readonly skewSeconds?: number | undefined;
}

/** Checks 5 to 8: target, times. */
export function checkClaims(token: ParsedToken, use: TokenUse): VerifiedToken {
  const { claims, deviceId } = token;
  const { now, skewSeconds = DEFAULT_SKEW_SECONDS } = use;
  const target = bareRemoteId(use.target);
  if (deviceId !== target) {
    throw new TokenError(
      'token_target',
      `it is for the device ${inspectForError(deviceId)}, not for ${inspectForError(target)}`,
    );
  }
  if (claims.iat > now + skewSeconds) {
    throw new TokenError('token_early', `it was issued ${claims.iat - now} s in the future`);
  }
  if (now >= claims.exp) throw new TokenError('token_expired', `it expired ${now - claims.exp} s ago`);
  const lifetimeSeconds = claims.exp - claims.iat;
  if (lifetimeSeconds < 1 || lifetimeSeconds > MAX_TTL_SECONDS) {
    throw new TokenError('token_lifetime', `its lifetime is ${lifetimeSeconds} s, not 1 to ${MAX_TTL_SECONDS} s`);
  }
  return { claims, deviceId };
}

/** Comparisons with NaN are always false, so an unchecked time would accept every token. */
export function checkOptions(options: AnyVerifyOptions): void {
  refuseUnknownKeys('verifyConnectToken', options, KNOWN_OPTIONS);
  const { apps, devices, target, now = 0, skewSeconds = DEFAULT_SKEW_SECONDS, nonces } = options;
  for (const [name, secrets] of Object.entries({ apps, devices })) {
    const isLookup = (typeof secrets === 'object' && secrets !== null) || typeof secrets === 'function';
    if (!isLookup) throw invalidOption(name, 'must be an object, a Map or a function that returns secrets');
  }
  if (typeof target !== 'string') throw invalidOption('target', 'must be the id of the device that the client wants');
  if (!Number.isFinite(now)) throw invalidOption('now', 'must be a number of seconds since 1970');
  if (!Number.isFinite(skewSeconds) || skewSeconds < 0) {
    throw invalidOption('skewSeconds', 'must be a number of seconds, 0 or more');
  }
  if (nonces !== undefined && typeof nonces?.use !== 'function') {
    throw invalidOption('nonces', 'must be a NonceStore, or an object with its method use()');
  }
  const nonceTimeoutMs = nonces && (options as VerifyOnceOptions).nonceTimeoutMs;
  if (nonceTimeoutMs !== undefined && !(Number.isFinite(nonceTimeoutMs) && nonceTimeoutMs > 0)) {
    throw invalidOption('nonceTimeoutMs', 'must be a number of milliseconds, more than 0');
  }
}

function lookUp(name: 'apps' | 'devices', secrets: SecretLookup, id: string): string | undefined {
  const secret: unknown = find(secrets, id) ?? undefined; /* a database returns null */
  if (secret === undefined || typeof secret === 'string') return secret;
  throw invalidOption(name, 'must return a string or undefined for an id, not a promise');
}

function find(secrets: SecretLookup, id: string): string | undefined {
  if (typeof secrets === 'function') return secrets(id);
  if (secrets instanceof Map) return secrets.get(id);
  return Object.hasOwn(secrets, id) ? (secrets as Readonly<Record<string, string>>)[id] : undefined;
}
