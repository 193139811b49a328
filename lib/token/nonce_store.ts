import { refuseUnknownKeys } from '../errors/index.js';
import { invalidOption } from './error.js';

/** The limit of a `NonceStore`. */
export interface NonceStoreOptions {
  /** How many nonces are remembered at most. Default 100,000. */
  readonly maxNonces?: number;
}

/** What became of a nonce: it is new, it was used before, or there is no room to remember it. */
export type NonceUse = 'fresh' | 'used' | 'full';

const DEFAULT_MAX_NONCES = 100_000;
const SECONDS_BETWEEN_SWEEPS = 60;

/**
 * Remembers which nonces were used, each until its token has expired, so that a token opens one connection only.
 * When it is full of nonces that still count, new ones are refused: forgetting one would let its token in again.
 */
export class NonceStore {
  readonly #maxNonces: number;
  readonly #expiries = new Map<string, number>();
  #nextSweep = Number.NEGATIVE_INFINITY;

  constructor(options: NonceStoreOptions = {}) {
    refuseUnknownKeys('new NonceStore()', options, ['maxNonces']);
    const { maxNonces = DEFAULT_MAX_NONCES } = options;
    if (!Number.isInteger(maxNonces) || maxNonces < 1)
      throw invalidOption('maxNonces', 'must be a whole number above 0');
    this.#maxNonces = maxNonces;
  }

  /** How many nonces are remembered, expired ones included until they are swept. */
  get size(): number {
    return this.#expiries.size;
  }

  /** Use a nonce of an issuer, and remember it until `expiresAt`. Times in seconds. */
  use(issuer: string, nonce: string, expiresAt: number, now: number): NonceUse {
    if (now >= this.#nextSweep) this.#forgetExpired(now);
    const key = `${issuer.length}:${issuer}${nonce}`;
    const usedUntil = this.#expiries.get(key);
    if (usedUntil !== undefined && now < usedUntil) return 'used';
    if (usedUntil === undefined && this.#expiries.size >= this.#maxNonces) return 'full';
    this.#expiries.set(key, expiresAt);
    return 'fresh';
  }

  /** A sweep reads the whole map, so it is made once a minute at most: a full store cannot be made to sweep on every
   *  use. */
  #forgetExpired(now: number): void {
    for (const [key, expiresAt] of this.#expiries) {
      if (expiresAt <= now) this.#expiries.delete(key);
    }
    this.#nextSweep = now + SECONDS_BETWEEN_SWEEPS;
  }
}
