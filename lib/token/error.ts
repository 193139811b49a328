import { errorFromBye } from '../errors/bye_error.js';
import { invalidParameter, type TiRtcError } from '../errors/tirtc_error.js';
import { BYE_REASONS, type ByeName } from '../wire/bye.js';

/** A token that does not hold, as the service would say it in its `bye`: the code is the reason in capitals. */
export function tokenError(reason: ByeName, detail: string): TiRtcError {
  return errorFromBye(BYE_REASONS[reason], 'the connect token does not hold', detail);
}

export function invalidOption(name: string, expected: string): TiRtcError {
  return invalidParameter(`the option ${name} cannot be used`, `it ${expected}`);
}
