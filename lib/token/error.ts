import { BYE_REASONS, type ByeName, errorFromBye, invalidParameter, TiRtcError } from '../errors/index.js';

/** A connect token that does not hold. The code is the reason in capitals: TOKEN_FORM, TOKEN_EXPIRED and so on. */
export class TokenError extends TiRtcError {
  /** The same as the service says it in its `bye`. */
  readonly reason: ByeName;
  /** What exactly is wrong with this token; never the token itself. */
  readonly detail: string;

  constructor(reason: ByeName, detail: string) {
    const { number, code, advice, retryable } = errorFromBye(BYE_REASONS[reason], '');
    super({ what: `the connect token does not hold: ${detail}`, number, code, advice, retryable });
    this.reason = reason;
    this.detail = detail;
  }
}

export function invalidOption(name: string, expected: string): TiRtcError {
  return invalidParameter(`the option ${name} cannot be used`, `it ${expected}`);
}
