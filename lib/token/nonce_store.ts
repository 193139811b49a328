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
   * one may be `fresh`. Times are in seconds since 1970; `now` is the date of the verification. A clock may jump forward and
   * back: after nonces were forgotten because they had expired, every use that expires no later than the last of them must be
   * `used`, because it may be one of them.
   */
  use(issuer: string, nonce: string, expiresAt: number, now: number): MaybePromise<NonceUse>;
}

const DEFAULT_MAX_NONCES = 100_000;
/** Expired nonces are kept for this long, if there is room, so that a clock that jumps by less and back causes no refusals. */
export const KEEP_EXPIRED_SECONDS = 86_400;
export const SECONDS_BETWEEN_SWEEPS = 60;

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
  #nextSweepForRoom = Number.NEGATIVE_INFINITY;
  /** The largest date of expiry that was forgotten. */
  #forgotten = Number.NEGATIVE_INFINITY;

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
    if (this.#latest >= this.#nextSweep) {
      this.#forget(this.#latest - KEEP_EXPIRED_SECONDS);
      this.#nextSweep = this.#latest + SECONDS_BETWEEN_SWEEPS;
    }
    if (expiresAt <= this.#forgotten) return 'used';
    const key = `${issuer.length}:${issuer}${nonce}`;
    const usedUntil = this.#expiries.get(key);
    // Two tokens may have the same nonce: the second one is fresh when it outlives the first, and that has expired.
    if (usedUntil !== undefined && (expiresAt <= usedUntil || now < usedUntil)) return 'used';
    if (usedUntil === undefined && !this.#hasRoom()) return 'full';
    this.#expiries.set(key, expiresAt);
    return 'fresh';
  }

  /** A sweep reads the whole map, so it runs at most once a minute, also when the store is full. */
  #hasRoom(): boolean {
    if (this.#expiries.size >= this.#maxNonces && this.#latest >= this.#nextSweepForRoom) {
      this.#forget(this.#latest);
      this.#nextSweepForRoom = this.#latest + SECONDS_BETWEEN_SWEEPS;
    }
    return this.#expiries.size < this.#maxNonces;
  }

  /** Forget the nonces that have expired at this date. */
  #forget(date: number): void {
    for (const [key, expiresAt] of this.#expiries) {
      if (expiresAt > date) continue;
      this.#expiries.delete(key);
      if (expiresAt > this.#forgotten) this.#forgotten = expiresAt;
    }
  }
}
