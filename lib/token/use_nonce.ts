import { isPending, type MaybePromise, systemClock, wait } from '../base/index.js';
import { inspectForError } from '../errors/index.js';
import type { Clock } from '../types/index.js';
import { TokenError } from './error.js';
import type { NonceUse, UsedNonces } from './nonce_store.js';
import { DEFAULT_SKEW_SECONDS, type VerifiedToken } from './verify.js';

/** How long a store of nonces may take to answer, if nothing else is said. */
export const DEFAULT_NONCE_TIMEOUT_MS = 5000;

/** The memory that is asked, and the dates and times of the verification. */
export interface NonceUseOptions {
  readonly nonces: UsedNonces;
  /** Seconds since 1970. */
  readonly now: number;
  readonly skewSeconds?: number | undefined;
  readonly nonceTimeoutMs?: number | undefined;
  readonly clock?: Clock;
}

/** Check 9: uses up the nonce of a token that passed the others. Returns undefined if the nonce was fresh, else the error;
 *  by a promise only if the store answers by one. Never throws or rejects: a store that fails, or does not answer in time,
 *  refuses the token. */
export function useNonce(token: VerifiedToken, options: NonceUseOptions): MaybePromise<TokenError | undefined> {
  const { nonces, now, skewSeconds = DEFAULT_SKEW_SECONDS } = options;
  const { iss, nonce, exp } = token.claims;
  try {
    const use = nonces.use(iss, nonce, exp + skewSeconds, now);
    return isPending(use) ? inTime(use, options).then(refusalOf).catch(failed) : refusalOf(use);
  } catch (error) {
    return failed(error);
  }
}

function inTime(
  use: PromiseLike<NonceUse>,
  { nonceTimeoutMs: timeoutMs = DEFAULT_NONCE_TIMEOUT_MS, clock = systemClock }: NonceUseOptions,
): Promise<NonceUse> {
  return wait<NonceUse>({
    clock,
    timeoutMs,
    begin: ({ resolve, reject }) => use.then(resolve, reject),
    timeoutError: () => new Error(`no answer in ${timeoutMs} ms`),
  });
}

function refusalOf(use: NonceUse): TokenError | undefined {
  switch (use) {
    case 'fresh':
      return undefined;
    case 'used':
      return new TokenError('token_used', 'it was used before');
    case 'full':
      return new TokenError('full', 'the store of used nonces is full');
    default:
      return failed(new Error(`its answer is ${inspectForError(use)}, not "fresh", "used" or "full"`));
  }
}

function failed(cause: unknown): TokenError {
  const why = cause instanceof Error ? cause.message : inspectForError(cause);
  const advice = 'see why the store failed, then use the token again';
  return new TokenError('other', `the store of used nonces failed: ${why}`, { advice, cause });
}
