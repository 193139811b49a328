import { ERROR_ADVICE, ErrorCode } from './error_codes.generated.js';

const TOKEN = /v1\.[A-Za-z0-9_-]{8,}[A-Za-z0-9_.-]*/g;

/** The name of an error number without `TIRTC_E_`. */
export type ErrorName = keyof typeof ErrorCode;

const NAMES: ReadonlyMap<number, ErrorName> = new Map(
  Object.entries(ErrorCode).map(([name, value]) => [value, name as ErrorName]),
);

/** Errors that a repeated call meets again, unless something is changed first. */
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

/** Returns the name of a TIRTC_E_* number without its prefix, or undefined. */
export function errorName(number: number): ErrorName | undefined {
  return NAMES.get(number);
}

/** The parts of an error. */
export interface TiRtcErrorOptions {
  /** What happened, with the value at fault; never a secret. */
  readonly what: string;
  /** A TIRTC_E_* number. */
  readonly number: number;
  /** A name more exact than that of the number, such as `TOKEN_EXPIRED` for -40012. */
  readonly code?: string | undefined;
  /** What to do next; default: the advice of the number. */
  readonly advice?: string | undefined;
  /** Whether the same call may succeed later with nothing changed; default by number. */
  readonly retryable?: boolean | undefined;
  readonly cause?: unknown;
}

/** The error of this package. The message says what happened, its code and number, and what to do next. */
export class TiRtcError extends Error {
  override readonly name = 'TiRtcError';
  /** `BUSY`, `TOKEN_EXPIRED`, `HTTP_RESOLVE` and so on: stable, for `switch`. */
  readonly code: string;
  /** The TIRTC_E_* value that C programs see. */
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

/** Returns the error for a negative result of the C core. */
export function errorFromNumber(number: number, what: string): TiRtcError {
  return new TiRtcError({ what, number });
}

/** Returns the error for an invalid argument. `expected` says what would be right. */
export function invalidParameter(what: string, expected: string): TiRtcError {
  return new TiRtcError({ what, number: ErrorCode.INVALID_PARAMETER, advice: expected });
}

/** Returns the text without connect tokens, which a program may have passed in the wrong place. */
export function redactTokens(text: string): string {
  return text.replaceAll(TOKEN, 'v1.…');
}
