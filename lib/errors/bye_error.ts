import { BYE_REASONS, type ByeInfo, byeInfo } from '../wire/bye.js';
import { TiRtcError } from './tirtc_error.js';

/** Which link the `bye` came over: some reasons mean different things on them. */
export type ByeLink = 'connection' | 'start';

const RETRY_IS_USELESS: ReadonlySet<number> = new Set([
  BYE_REASONS.refused,
  BYE_REASONS.replaced,
  BYE_REASONS.ticket,
  BYE_REASONS.token_form,
  BYE_REASONS.token_issuer,
  BYE_REASONS.token_device,
  BYE_REASONS.token_signature,
  BYE_REASONS.token_target,
  BYE_REASONS.token_expired,
  BYE_REASONS.token_lifetime,
  BYE_REASONS.token_used,
]);

/** The error a `bye` (docs/wire.md section 3) means. Its code is the reason's name in capitals: `TOKEN_EXPIRED`.
 *  `what` says what was going on; `text` is the service's own words. */
export function errorFromBye(reason: number, what: string, text = '', link: ByeLink = 'connection'): TiRtcError {
  const info: ByeInfo = byeInfo(reason);
  return new TiRtcError({
    what: `${what}: ${info.meaning}${text === '' ? '' : ` ("${text}")`}`,
    number: link === 'start' ? info.startError : info.connectionError,
    code: info.name.toUpperCase(),
    advice: info.advice,
    retryable: !RETRY_IS_USELESS.has(info.reason),
  });
}
