import { Buffer } from 'node:buffer';
import { timedOut, wait } from '../base/index.js';
import {
  ErrorCode,
  errorFromRedirect,
  invalidParameter,
  isTlsFailure,
  TiRtcError,
  type TiRtcErrorOptions,
  tlsAdvice,
} from '../errors/index.js';
import type { Clock } from '../types/index.js';
import type { ServiceRequestOptions } from './device_types.js';

const MAX_BODY_BYTES = 64 * 1024;
const DEFAULT_TIMEOUT_MS = 10_000;

/** The service answered with a status other than 2xx. */
export class ServiceRequestError extends TiRtcError {
  readonly status: number;
  /** The body of the answer, at most 64 KiB. */
  readonly body: string;

  constructor(status: number, body: string, options: TiRtcErrorOptions) {
    super(options);
    this.status = status;
    this.body = body;
  }
}

/** Sends one POST to the service, by the rules of TiRtcServiceRequest() in tiRTC.h. */
export async function serviceRequest(
  endpoint: string,
  path: string,
  json: string,
  options: ServiceRequestOptions,
  clock: Clock,
): Promise<string> {
  const { token, signal, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  check(path, json, token);
  const url = `${endpoint.replace(/^ws/i, 'http').replace(/\/+$/, '')}${path}`;
  const what = `POST ${path.split('?', 1)[0]} to ${new URL(url).host}`;
  const controller = new AbortController();
  return await wait<string>({
    signal,
    timeoutMs,
    clock,
    begin: (waiter) => {
      post(url, json, token, controller.signal, what).then(waiter.resolve, waiter.reject);
    },
    abandoned: () => controller.abort(),
    timeoutError: timedOut(`${what}: no answer`),
  });
}

function check(path: string, json: string, token: string | undefined): void {
  if (typeof path !== 'string' || !/^\/[!-"$-~]*$/.test(path)) {
    throw invalidParameter(
      'the path of a service request cannot be used',
      'begin it with / and percent-encode spaces, #, control characters and characters beyond ASCII',
    );
  }
  if (typeof json !== 'string' || Buffer.byteLength(json) > MAX_BODY_BYTES) {
    const given = typeof json === 'string' ? `${Buffer.byteLength(json)} bytes long` : `of type ${typeof json}`;
    const expected = `give a string of at most ${MAX_BODY_BYTES} bytes, such as JSON.stringify() returns`;
    throw invalidParameter(`the body of a service request is ${given}`, expected);
  }
  if (token !== undefined && (typeof token !== 'string' || !/^[!-~]+$/.test(token))) {
    throw invalidParameter('the token of a service request cannot be used', 'give printable ASCII without spaces');
  }
}

async function post(
  url: string,
  json: string,
  token: string | undefined,
  signal: AbortSignal,
  what: string,
): Promise<string> {
  const headers = {
    Accept: 'application/json',
    'Content-Type': 'application/json',
    ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
  };
  let response: Response;
  let body: string;
  try {
    response = await fetch(url, { method: 'POST', body: json, headers, redirect: 'manual', signal });
    body = await readBody(response, what);
  } catch (error) {
    throw error instanceof TiRtcError ? error : networkError(error, what);
  }
  if (!response.ok) throw statusError(response, body, what);
  return body;
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

function statusError({ status, headers }: Response, body: string, what: string): TiRtcError {
  if (status >= 300 && status < 400) return errorFromRedirect(what, headers.get('location') ?? undefined);
  const isRefusal = status === 401 || status === 403 || status >= 500;
  return new ServiceRequestError(status, body, {
    what: `${what} was answered with HTTP ${status}`,
    number: isRefusal ? ErrorCode.SERVER_ERROR : ErrorCode.UNEXPECTED_RESPONSE,
    advice: 'the body of the answer, in the property "body" of this error, may say why',
    retryable: status >= 500,
  });
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
