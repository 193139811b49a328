import { Buffer } from 'node:buffer';
import { checkWait, timedOut, wait } from '../base/index.js';
import { ErrorCode, invalidParameter, TiRtcError, tlsFailure } from '../errors/index.js';
import type { Clock } from '../types/index.js';
import type { ServiceRequestOptions } from './device_types.js';
import { type ReceivedAnswer, sendRequest } from './http_request.js';
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
  let answer: ReceivedAnswer;
  try {
    answer = await sendRequest({ url, headers, body, maxAnswerBytes: MAX_BODY_BYTES, signal });
  } catch (error) {
    throw networkError(error, what);
  }
  if (answer.body === undefined) {
    throw new TiRtcError({
      what: `${what}: the answer is larger than ${MAX_BODY_BYTES} bytes`,
      number: ErrorCode.LACK_OF_RESOURCE,
      advice: 'make the service send a smaller answer',
      retryable: false,
    });
  }
  return readAnswer({ what, status: answer.status, location: answer.location ?? null, body: answer.body, token });
}

const NETWORK_NUMBERS: readonly (readonly [pattern: RegExp, number: number])[] = [
  [/^(ENOTFOUND|EAI_)/, ErrorCode.HTTP_RESOLVE],
  [/^(ECONNREFUSED|EHOST|ENET)/, ErrorCode.HTTP_SERVER_DOWN],
  [/^ECONNRESET$/, ErrorCode.HTTP_RESET],
  [/^HPE_/, ErrorCode.UNEXPECTED_RESPONSE],
];

/** What node:http says, both with the code ECONNRESET, when the other side closed before or during its answer. */
const CLOSED = ['socket hang up', 'aborted'];

/** Converts an error of node:http or node:https. */
function networkError(error: unknown, what: string): TiRtcError {
  const tls = tlsFailure(error);
  if (tls !== undefined) {
    const failed = `${what} failed (${tls.detail})`;
    return new TiRtcError({ what: failed, number: ErrorCode.HTTP_SSL, cause: error, advice: tls.advice });
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const isClosed = error instanceof Error && CLOSED.includes(error.message);
  const known = NETWORK_NUMBERS.find(([pattern]) => pattern.test(code))?.[1] ?? ErrorCode.HTTP_GENERIC;
  return new TiRtcError({
    what: code === '' ? `${what} failed` : `${what} failed (${code})`,
    number: isClosed ? ErrorCode.HTTP_PEER_CLOSED : known,
    cause: error,
  });
}
