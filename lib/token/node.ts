import { createHmac, randomFillSync } from 'node:crypto';
import { wallSeconds } from '../base/index.js';
import { type ConnectTokenClaims, claimsToJson } from './claims.js';
import { assembleToken, type ConnectTokenOptions, checkPayloadLength, claimsFor, type IssueDefaults } from './issue.js';
import { useNonce } from './use_nonce.js';
import {
  type AnyVerifyOptions,
  checkClaims,
  checkOptions,
  checkSignature,
  findKeys,
  type ParsedToken,
  parseToken,
  type TokenToProve,
  type TokenUse,
  type VerifiedToken,
  type VerifyOnceOptions,
  type VerifyTokenOptions,
  withKeys,
} from './verify.js';

const POOL_BYTES = 4096;

const defaults: IssueDefaults = {
  now: wallSeconds,
  randomBytes: pooledRandomBytes(randomFillSync),
  bytesToBase64url: (bytes) => Buffer.from(bytes).toString('base64url'),
};

/**
 * Issues a token that lets a client connect to one device, once, for a short time.
 * Call it in your backend after your own check that the subject may use the device; the keys never leave the backend.
 * Throws a TiRtcError (INVALID_PARAMETER) that names the option at fault.
 */
export function issueConnectToken(options: ConnectTokenOptions): string {
  const claims = claimsFor(options, defaults);
  return signConnectToken(claims, options);
}

/** Signs claims without checking them. Tests use it to make invalid tokens. */
export function signConnectToken(
  claims: ConnectTokenClaims,
  keys: { readonly secretKey: string; readonly deviceSecretKey: string },
): string {
  const payload = checkPayloadLength(Buffer.from(claimsToJson(claims)).toString('base64url'));
  return assembleToken(payload, signPayload(payload, keys.secretKey, keys.deviceSecretKey));
}

/**
 * Verifies a token. The checks are made in this order, and the code of the TiRtcError thrown names the first that fails:
 * TOKEN_FORM, TOKEN_ISSUER, TOKEN_DEVICE, TOKEN_SIGNATURE, TOKEN_TARGET, TOKEN_EARLY, TOKEN_EXPIRED, TOKEN_LIFETIME.
 * With `nonces` it returns a promise, which rejects instead, also with TOKEN_USED, FULL (no room for another nonce), or OTHER
 * (the store failed or did not answer in time).
 */
export function verifyConnectToken(token: string, options: VerifyTokenOptions): VerifiedToken;
export function verifyConnectToken(token: string, options: VerifyOnceOptions): Promise<VerifiedToken>;
export function verifyConnectToken(token: string, options: AnyVerifyOptions): VerifiedToken | Promise<VerifiedToken> {
  checkOptions(options);
  const { now = wallSeconds() } = options;
  return options.nonces === undefined ? verify(token, options, now) : verifyOnce(token, options, now);
}

async function verifyOnce(token: string, options: VerifyOnceOptions, now: number): Promise<VerifiedToken> {
  const verified = verify(token, options, now);
  const { nonces, skewSeconds, nonceTimeoutMs } = options;
  const refusal = await useNonce(verified, { nonces, now, skewSeconds, nonceTimeoutMs });
  if (refusal !== undefined) throw refusal;
  return verified;
}

function verify(token: string, options: AnyVerifyOptions, now: number): VerifiedToken {
  const { target, skewSeconds } = options;
  return proveToken(findKeys(token, options, base64urlToText), { target, now, skewSeconds });
}

/** Parses a token without verifying it. Throws TOKEN_FORM when it is not a token. */
export function parseConnectToken(token: string): ParsedToken {
  return parseToken(token, base64urlToText);
}

/** Verifies a parsed token with the secrets that were found, undefined if an id is not known. Does not use up its nonce. */
export function verifyParsedToken(
  token: ParsedToken,
  secretKey: string | undefined,
  deviceSecretKey: string | undefined,
  use: TokenUse,
): VerifiedToken {
  return proveToken(withKeys(token, secretKey, deviceSecretKey), use);
}

function proveToken(token: TokenToProve, use: TokenUse): VerifiedToken {
  checkSignature(token, signPayload(token.payload, token.secretKey, token.deviceSecretKey));
  return checkClaims(token, use);
}

/** Returns the claims of a token without verifying them. Throws TOKEN_FORM when it is not a token. */
export function readConnectToken(token: string): VerifiedToken {
  const { claims, deviceId } = parseConnectToken(token);
  return { claims, deviceId };
}

function signPayload(payload: string, secretKey: string, deviceSecretKey: string): string {
  return hmac(secretKey, `${payload}.${hmac(deviceSecretKey, payload)}`);
}

function hmac(key: string, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url');
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function base64urlToText(text: string): string {
  const bytes = Buffer.from(text, 'base64url');
  // Buffer ignores a stray last character or stray last bits, so a token would have more than one spelling.
  if (bytes.toString('base64url') !== text) throw new Error('not canonical base64url');
  return strictUtf8.decode(bytes);
}

/** Returns a function that takes a few random bytes at a time from a pool: Node needs 10 µs for 16 bytes, and 15 for 4096.
 *  The bytes are copies, and are given out once. */
export function pooledRandomBytes(fill: (pool: Uint8Array) => unknown): (size: number) => Uint8Array {
  const pool = new Uint8Array(POOL_BYTES);
  let used = POOL_BYTES;
  return (size) => {
    if (size > POOL_BYTES) {
      const bytes = new Uint8Array(size);
      fill(bytes);
      return bytes;
    }
    if (used + size > POOL_BYTES) {
      fill(pool);
      used = 0;
    }
    const bytes = pool.slice(used, used + size);
    pool.fill(0, used, used + size);
    used += size;
    return bytes;
  };
}
