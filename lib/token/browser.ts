import { wallSeconds } from '../base/index.js';
import { base64UrlDecode, base64UrlEncode } from '../wire/index.js';
import { claimsToJson } from './claims.js';
import { assembleToken, type ConnectTokenOptions, checkPayloadLength, claimsFor, type IssueDefaults } from './issue.js';
import { useNonce } from './use_nonce.js';
import {
  checkClaims,
  checkOptions,
  checkSignature,
  findKeys,
  type VerifiedToken,
  type VerifyOnceOptions,
  type VerifyTokenOptions,
} from './verify.js';

// The functions of node.ts over WebCrypto, whose HMAC returns a promise.

const defaults: IssueDefaults = {
  now: wallSeconds,
  randomBytes: (size) => crypto.getRandomValues(new Uint8Array(size)),
  bytesToBase64url: base64UrlEncode,
};

/** The same as issueConnectToken() of Node, as a promise. For trials: secrets do not belong in a page. */
export async function issueConnectToken(options: ConnectTokenOptions): Promise<string> {
  const claims = claimsFor(options, defaults);
  const payload = checkPayloadLength(base64UrlEncode(new TextEncoder().encode(claimsToJson(claims))));
  return assembleToken(payload, await signPayload(payload, options.secretKey, options.deviceSecretKey));
}

/** The same as verifyConnectToken() of Node, as a promise. */
export async function verifyConnectToken(
  token: string,
  options: VerifyTokenOptions | VerifyOnceOptions,
): Promise<VerifiedToken> {
  checkOptions(options);
  const { now = wallSeconds() } = options;
  const toProve = findKeys(token, options, base64urlToText);
  checkSignature(toProve, await signPayload(toProve.payload, toProve.secretKey, toProve.deviceSecretKey));
  const verified = checkClaims(toProve, { ...options, now });
  const refusal = options.nonces && (await useNonce(verified, { ...options, now }));
  if (refusal !== undefined) throw refusal;
  return verified;
}

async function signPayload(payload: string, secretKey: string, deviceSecretKey: string): Promise<string> {
  return await hmac(secretKey, `${payload}.${await hmac(deviceSecretKey, payload)}`);
}

async function hmac(key: string, text: string): Promise<string> {
  const encoder = new TextEncoder();
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const imported = await crypto.subtle.importKey('raw', encoder.encode(key), algorithm, false, ['sign']);
  return base64UrlEncode(new Uint8Array(await crypto.subtle.sign('HMAC', imported, encoder.encode(text))));
}

function base64urlToText(text: string): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(base64UrlDecode(text));
}
