import { ERROR_ADVICE, ErrorCode } from './error_codes.generated.js';

const TOKEN = /v1\.[A-Za-z0-9_-]{8,}[A-Za-z0-9_.-]*/g;

/** The name of an error number without `TIRTC_E_`. */
export type ErrorName = keyof typeof ErrorCode;

const NAMES: ReadonlyMap<number, ErrorName> = new Map(
  Object.entries(ErrorCode).map(([name, value]) => [value, name as ErrorName]),
);

/** Errors that the same call, repeated, cannot get rid of: something has to be changed first. */
const FINAL: ReadonlySet<ErrorName> = new Set([
  'NOT_INITIALIZED',
  'INVALID_HANDLE',
  'INVALID_PARAMETER',
  'INVALID_LICENSE',
  'CACHE_EXPIRED',
  'INTERNAL_ERROR',
  'NO_SECRET_KEY',
  'UNEXPECTED_RESPONSE',
  'HTTP_INVALID_HANDLE',
  'HTTP_INVALID_PROTO',
  'HTTP_HEADER',
  'HTTP_URL',
]);

/** The name of a TIRTC_E_* number without its prefix, or undefined. */
export function errorName(number: number): ErrorName | undefined {
  return NAMES.get(number);
}

/** What an error is made of. */
export interface TiRtcErrorOptions {
  /** What happened, with the value at fault; never a secret. */
  readonly what: string;
  /** A TIRTC_E_* number. */
  readonly number: number;
  /** More exact than the number's own name, e.g. `TOKEN_EXPIRED` for -40012. */
  readonly code?: string | undefined;
  /** What to do next; default: the advice of the number. */
  readonly advice?: string | undefined;
  /** Whether the same call may succeed later with nothing changed; default by number. */
  readonly retryable?: boolean | undefined;
  readonly cause?: unknown;
}

/** Everything that goes wrong in this package. The message says what happened, which code it has and what to do
 *  next. */
export class TiRtcError extends Error {
  override readonly name = 'TiRtcError';
  /** `BUSY`, `TOKEN_EXPIRED`, `HTTP_RESOLVE` and so on: stable, made for `switch`. */
  readonly code: string;
  /** The TIRTC_E_* value, the same that C programs see. */
  readonly number: number;
  /** The same call may succeed later with nothing changed. */
  readonly retryable: boolean;
  /** What to do next; also in the message. */
  readonly advice: string;

  constructor(options: TiRtcErrorOptions) {
    const name = errorName(options.number);
    const code = options.code ?? name ?? 'UNKNOWN';
    const advice = options.advice ?? (name === undefined ? 'this number is not a TIRTC_E_* value' : ERROR_ADVICE[name]);
    super(
      redactTokens(`${options.what} (${code}, ${options.number}): ${advice}`),
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.number = options.number;
    this.retryable = options.retryable ?? (name !== undefined && !FINAL.has(name));
    this.advice = advice;
  }
}

/** The error for a negative answer of the C core. */
export function errorFromNumber(number: number, what: string): TiRtcError {
  return new TiRtcError({ what, number });
}

/** The error for an argument that cannot be used. `expected` says what would be right. */
export function invalidParameter(what: string, expected: string): TiRtcError {
  return new TiRtcError({ what, number: ErrorCode.INVALID_PARAMETER, advice: expected });
}

/** The text without connect tokens, for whoever put one into the wrong place. */
export function redactTokens(text: string): string {
  return text.replaceAll(TOKEN, 'v1.…');
}
