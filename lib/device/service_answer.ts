import { type Buffer, isUtf8 } from 'node:buffer';
import { describeRedirect, ErrorCode, TiRtcError, type TiRtcErrorOptions } from '../errors/index.js';

/** The service answered a request with an HTTP status from 300 to 599, or with a code of the platform. `number` is what
 *  TiRtcServiceRequest() returns: this status, or the code, which is 600 or more. */
export class ServiceRequestError extends TiRtcError {
  /** The HTTP status; 2xx with a code of the platform. */
  readonly status: number;
  /** The body of the answer, at most 64 KiB. */
  readonly body: string;

  constructor(status: number, body: string, options: TiRtcErrorOptions) {
    super(options);
    this.status = status;
    this.body = body;
  }
}

/** An answer of the service over HTTP. */
export interface ServiceAnswer {
  /** Names the request in errors. */
  readonly what: string;
  readonly status: number;
  /** The header Location. */
  readonly location: string | null;
  readonly body: Buffer;
  /** The token of the request, which the message of an error must not repeat. */
  readonly token: string | undefined;
}

const MIN_PLATFORM_CODE = 600;
const MAX_PLATFORM_CODE = 0x7fff_ffff;
const MAX_DEPTH = 32;
const MAX_MESSAGE_CHARACTERS = 200;

/** Returns the data in the envelope `{"code", "message", "data"}`, undefined if there is none. Throws ServiceRequestError
 *  for an error of the service, UNEXPECTED_RESPONSE for anything that is not such an envelope. */
export function readAnswer(answer: ServiceAnswer): unknown {
  const { what, status } = answer;
  if (status >= 300 && status <= 599) throw statusError(answer);
  const envelope = status >= 200 && status < 300 ? parseEnvelope(answer.body) : undefined;
  const { code = -1, message, data } = envelope ?? {};
  if (code === 0 || code === 200) return data;
  if (code >= MIN_PLATFORM_CODE && code <= MAX_PLATFORM_CODE) throw platformError(answer, code, message);
  throw new TiRtcError({
    what: `${what} was answered with HTTP ${status} and ${envelope === undefined ? 'no envelope' : 'an invalid code'}`,
    number: ErrorCode.UNEXPECTED_RESPONSE,
    advice: 'the service must answer {"code": 0, "message": "ok", "data": …}: check the endpoint and the path',
  });
}

interface Envelope {
  /** Undefined if it is not a whole number that is written with digits only. */
  readonly code: number | undefined;
  readonly message: unknown;
  readonly data: unknown;
}

function parseEnvelope(body: Buffer): Envelope | undefined {
  if (!isUtf8(body)) return undefined;
  const text = body.toString('utf8');
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value) || isTooDeep(value, 1)) return undefined;
    const { message, data } = value as Readonly<Record<string, unknown>>;
    return { code: readCode(text), message, data };
  } catch {
    return undefined;
  }
}

const TOKENS = /"(?:\\.|[^"\\])*"|[{}[\]:,]|[^\s"{}[\]:,]+/g;

/** Reads the last member "code" of a JSON object as the C library does, which takes 1000 and neither 1e3 nor 1000.0. */
function readCode(json: string): number | undefined {
  const tokens = json.match(TOKENS) ?? [];
  let depth = 0;
  let code: string | undefined;
  tokens.forEach((token, at) => {
    if (token === '{' || token === '[') depth++;
    if (token === '}' || token === ']') depth--;
    if (depth === 1 && token === '"code"' && tokens[at + 1] === ':') code = tokens[at + 2];
  });
  return code !== undefined && /^\d+$/.test(code) ? Number(code) : undefined;
}

/** The C library has this limit, and each must accept the answers that the other accepts. */
function isTooDeep(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth > MAX_DEPTH || Object.values(value).some((member) => isTooDeep(member, depth + 1));
}

function statusError({ what, status, location, body }: ServiceAnswer): ServiceRequestError {
  const isRedirect = status < 400;
  return new ServiceRequestError(status, body.toString('utf8'), {
    what: `${what} was answered with HTTP ${status}${isRedirect ? `, which ${describeRedirect(location ?? undefined)}` : ''}`,
    number: status,
    code: isRedirect ? 'ACCESS_HIJACKING' : 'HTTP_STATUS',
    advice: isRedirect
      ? 'redirects are not followed; log in to the network, or correct the endpoint'
      : 'the body of the answer, in the property "body" of this error, may say why',
    retryable: isRedirect || status >= 500,
  });
}

function platformError(answer: ServiceAnswer, code: number, message: unknown): ServiceRequestError {
  const { what, status, body, token } = answer;
  const whole = typeof message === 'string' ? message : '';
  const text = (token === undefined ? whole : whole.replaceAll(token, '…')).slice(0, MAX_MESSAGE_CHARACTERS);
  return new ServiceRequestError(status, body.toString('utf8'), {
    what: `${what} was answered with code ${code}${text === '' ? '' : ` (${JSON.stringify(text)})`}`,
    number: code,
    code: 'PLATFORM_CODE',
    advice: 'the platform defines this code; the property "body" of this error has the whole answer',
    retryable: false,
  });
}
