import { suggest, TiRtcError } from '../errors/index.js';
import { type ConnectTokenClaims, issueConnectToken, readConnectToken } from '../token/index.js';
import { bareRemoteId } from '../wire/index.js';
import { issuerFor, type TokenKeys } from './token_keys.js';

/** The answer to one request for a token. */
export type TokenAnswer =
  | { readonly status: 200; readonly body: { readonly token: string; readonly payload: ConnectTokenClaims } }
  | { readonly status: number; readonly body: { readonly error: TokenRequestError } };

export interface TokenRequestError {
  readonly code: string;
  readonly message: string;
  readonly data: { readonly field?: string };
}

const FIELDS = ['remote_id', 'subject', 'ttl_seconds'];
const DEFAULT_SUBJECT = 'anonymous';
const DEFAULT_TTL_SECONDS = 300;
const MAX_TTL_SECONDS = 86_400;

export function refuse(status: number, code: string, message: string, field?: string): TokenAnswer {
  return { status, body: { error: { code, message, data: field === undefined ? {} : { field } } } };
}

/** Answer the body of `POST /v1/tokens`. Secrets are in no answer. */
export function answerTokenRequest(text: string, keys: TokenKeys): TokenAnswer {
  const body = parseObject(text);
  if (body === undefined) return refuse(400, 'invalid_json', 'the body is not a JSON object');
  const unknown = Object.keys(body).find((key) => !FIELDS.includes(key));
  if (unknown !== undefined) {
    const message = `${JSON.stringify(unknown)} means nothing here: ${suggest(unknown, FIELDS)}`;
    return refuse(400, 'unknown_field', message, unknown);
  }
  const { remote_id: remoteId, subject = DEFAULT_SUBJECT, ttl_seconds: ttlSeconds = DEFAULT_TTL_SECONDS } = body;
  if (remoteId === undefined) return refuse(400, 'missing_field', 'remote_id is missing', 'remote_id');
  if (typeof remoteId !== 'string' || bareRemoteId(remoteId) === '') {
    return refuse(400, 'invalid_field', 'remote_id must be a string with something in it', 'remote_id');
  }
  if (typeof subject !== 'string' || Buffer.byteLength(subject) > 1024) {
    return refuse(400, 'invalid_field', 'subject must be a string of at most 1024 bytes', 'subject');
  }
  if (!isTtl(ttlSeconds)) {
    return refuse(
      400,
      'invalid_field',
      `ttl_seconds must be a whole number from 1 to ${MAX_TTL_SECONDS}`,
      'ttl_seconds',
    );
  }
  return issue(remoteId, subject, ttlSeconds, keys);
}

function issue(remoteId: string, subject: string, ttlSeconds: number, keys: TokenKeys): TokenAnswer {
  const issuer = issuerFor(keys, bareRemoteId(remoteId));
  if (issuer === undefined) {
    return refuse(400, 'unknown_device', `the device ${JSON.stringify(remoteId)} is not known here`, 'remote_id');
  }
  try {
    const token = issueConnectToken({ ...issuer, remoteId, subject, ttlSeconds });
    return { status: 200, body: { token, payload: readConnectToken(token).claims } };
  } catch (error) {
    if (error instanceof TiRtcError) return refuse(400, 'invalid_field', error.message, 'remote_id');
    throw error;
  }
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

function isTtl(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MAX_TTL_SECONDS;
}
