import { type MaybePromise, wallSeconds } from '../base/index.js';
import { refuseUnknownKeys } from '../errors/index.js';
import { invalidOption } from './error.js';

/** The limit of a `NonceStore`. */
export interface NonceStoreOptions {
  /** How many nonces are remembered at most. Default 100,000. */
  readonly maxNonces?: number;
}

/** The result of using a nonce: it is new, it was used before, or there is no room to remember it. */
export type NonceUse = 'fresh' | 'used' | 'full';

/** A memory of used nonces: a `NonceStore`, or an object of the program that asks a database. */
export interface UsedNonces {
  /**
   * Uses a nonce of an issuer, and remembers it until `expiresAt`. Of several uses of one nonce, also at the same time, only
   * one may be `fresh`. Times are in seconds since 1970; `now` is the date of the verification. A nonce whose `expiresAt` is
   * not after the largest `now` so far must be `used`, because it may be forgotten already: so a clock that jumps back makes
   * no token valid again.
   */
  use(issuer: string, nonce: string, expiresAt: number, now: number): MaybePromise<NonceUse>;
}

export const DEFAULT_MAX_NONCES = 100_000;
const SECONDS_BETWEEN_SWEEPS = 60;

/**
 * Remembers used nonces in memory, each until its token has expired, so that a token opens only one connection.
 * When it is full of nonces that have not expired, new ones are refused: a forgotten nonce would make its token usable
 * again.
 */
export class NonceStore implements UsedNonces {
  readonly #maxNonces: number;
  readonly #expiries = new Map<string, number>();
  #latest = Number.NEGATIVE_INFINITY;
  #nextSweep = Number.NEGATIVE_INFINITY;

  constructor(options: NonceStoreOptions = {}) {
    refuseUnknownKeys('new NonceStore()', options, ['maxNonces']);
    const { maxNonces = DEFAULT_MAX_NONCES } = options;
    if (!Number.isInteger(maxNonces) || maxNonces < 1)
      throw invalidOption('maxNonces', 'must be a whole number of at least 1');
    this.#maxNonces = maxNonces;
  }

  /** How many nonces are remembered, including expired ones until the next sweep. */
  get size(): number {
    return this.#expiries.size;
  }

  /** Uses a nonce of an issuer, and remembers it until `expiresAt`. Times are in seconds since 1970; `now` is by default the
   *  date of the machine. The result is never a promise. */
  use(issuer: string, nonce: string, expiresAt: number, now = wallSeconds()): NonceUse {
    if (now > this.#latest) this.#latest = now;
    if (this.#latest >= this.#nextSweep) this.#forgetExpired();
    if (expiresAt <= this.#latest) return 'used';
    const key = `${issuer.length}:${issuer}${nonce}`;
    const usedUntil = this.#expiries.get(key);
    if (usedUntil !== undefined && this.#latest < usedUntil) return 'used';
    if (usedUntil === undefined && this.#expiries.size >= this.#maxNonces) return 'full';
    this.#expiries.set(key, expiresAt);
    return 'fresh';
  }

  /** A sweep reads the whole map, so it runs at most once a minute, also when the store is full. */
  #forgetExpired(): void {
    for (const [key, expiresAt] of this.#expiries) {
      if (expiresAt <= this.#latest) this.#expiries.delete(key);
    }
    this.#nextSweep = this.#latest + SECONDS_BETWEEN_SWEEPS;
  }
}
