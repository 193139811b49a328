import { Buffer } from 'node:buffer';
import { checkWait, timedOut, wait } from '../base/index.js';
import { ErrorCode, invalidParameter, isTlsFailure, TiRtcError, tlsAdvice } from '../errors/index.js';
import type { Clock } from '../types/index.js';
import type { ServiceRequestOptions } from './device_types.js';
import { readAnswer } from './service_answer.js';

const MAX_BODY_BYTES = 64 * 1024;
const DEFAULT_TIMEOUT_MS = 10_000;

/** Sends one request to the service, by the rules of TiRtcServiceRequest() in tiRTC.h: a GET without `json`, else a POST.
 *  Resolves with the data of the answer, undefined if it has none. */
export async function serviceRequest(
  endpoint: string,
  path: string,
  json: string | null | undefined,
  options: ServiceRequestOptions,
  clock: Clock,
): Promise<unknown> {
  checkWait('serviceRequest()', options, ['token', 'signal', 'timeoutMs']);
  const { token, signal, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const body = json ?? undefined;
  check(path, body, token);
  const url = `${endpoint.replace(/^ws/i, 'http').replace(/\/+$/, '')}${path}`;
  const what = `${body === undefined ? 'GET' : 'POST'} ${path.split('?', 1)[0]} to ${new URL(url).host}`;
  const controller = new AbortController();
  return await wait<unknown>({
    signal,
    timeoutMs,
    clock,
    begin: (waiter) => {
      ask({ url, body, token, signal: controller.signal, what }).then(waiter.resolve, waiter.reject);
    },
    abandoned: () => controller.abort(),
    timeoutError: timedOut(`${what}: no answer`),
  });
}

function check(path: string, json: string | undefined, token: string | undefined): void {
  if (typeof path !== 'string' || !/^\/[!-"$-~]*$/.test(path)) {
    throw invalidParameter(
      'the path of a service request cannot be used',
      'begin it with / and percent-encode spaces, #, control characters and characters beyond ASCII',
    );
  }
  if (json !== undefined && (typeof json !== 'string' || Buffer.byteLength(json) > MAX_BODY_BYTES)) {
    const given = typeof json === 'string' ? `${Buffer.byteLength(json)} bytes long` : `of type ${typeof json}`;
    const expected = `give a string of at most ${MAX_BODY_BYTES} bytes, such as JSON.stringify() returns, or none for a GET`;
    throw invalidParameter(`the body of a service request is ${given}`, expected);
  }
  if (token !== undefined && (typeof token !== 'string' || !/^[!-~]+$/.test(token))) {
    throw invalidParameter('the token of a service request cannot be used', 'give printable ASCII without spaces');
  }
}

interface Request {
  readonly url: string;
  /** Undefined for a GET. */
  readonly body: string | undefined;
  readonly token: string | undefined;
  readonly signal: AbortSignal;
  /** Names the request in errors. */
  readonly what: string;
}

async function ask({ url, body, token, signal, what }: Request): Promise<unknown> {
  const headers = {
    Accept: 'application/json',
    ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
  };
  const content = body === undefined ? { method: 'GET' } : { method: 'POST', body };
  let response: Response;
  let answer: string;
  try {
    response = await fetch(url, { ...content, headers, redirect: 'manual', signal });
    answer = await readBody(response, what);
  } catch (error) {
    throw error instanceof TiRtcError ? error : networkError(error, what);
  }
  const location = response.headers.get('location');
  return readAnswer({ what, status: response.status, location, body: answer, token });
}

async function readBody(response: Response, what: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) {
      throw new TiRtcError({
        what: `${what}: the answer is larger than ${MAX_BODY_BYTES} bytes`,
        number: ErrorCode.LACK_OF_RESOURCE,
        advice: 'make the service send a smaller answer',
        retryable: false,
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const NETWORK_NUMBERS: readonly (readonly [pattern: RegExp, number: number])[] = [
  [/^(ENOTFOUND|EAI_)/, ErrorCode.HTTP_RESOLVE],
  [/^(ECONNREFUSED|EHOST|ENET)/, ErrorCode.HTTP_SERVER_DOWN],
  [/^ECONNRESET$/, ErrorCode.HTTP_RESET],
  [/^UND_ERR_SOCKET$/, ErrorCode.HTTP_PEER_CLOSED],
  [/^HPE_/, ErrorCode.UNEXPECTED_RESPONSE],
];

/** Converts an error of fetch(). */
function networkError(error: unknown, what: string): TiRtcError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const failed = code === '' ? `${what} failed` : `${what} failed (${code})`;
  if (isTlsFailure(code)) {
    return new TiRtcError({ what: failed, number: ErrorCode.HTTP_SSL, cause, advice: tlsAdvice(code) });
  }
  const number = NETWORK_NUMBERS.find(([pattern]) => pattern.test(code))?.[1] ?? ErrorCode.HTTP_GENERIC;
  return new TiRtcError({ what: failed, number, cause });
}
