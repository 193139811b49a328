import { BYE_REASONS, type ByeName, errorFromBye, invalidParameter, TiRtcError } from '../errors/index.js';

/** The error for an invalid connect token. Its code is the reason in capitals: TOKEN_FORM, TOKEN_EXPIRED and so on. */
export class TokenError extends TiRtcError {
  /** The reason that the service gives in its `bye`. */
  readonly reason: ByeName;
  /** What is wrong with this token; never the token itself. */
  readonly detail: string;

  constructor(reason: ByeName, detail: string, more: { readonly advice?: string; readonly cause?: unknown } = {}) {
    const { number, code, advice, retryable } = errorFromBye(BYE_REASONS[reason], '');
    super({ what: `the connect token is not valid: ${detail}`, number, code, advice, retryable, ...more });
    this.reason = reason;
    this.detail = detail;
  }
}

/** Returns the error for an invalid option. `expected` continues "it". */
export function invalidOption(name: string, expected: string): TiRtcError {
  return invalidParameter(`the option ${name} is not valid`, `it ${expected}`);
}
