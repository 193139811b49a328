import { refuseUnknownKeys } from '../errors/index.js';
import { invalidOption } from './error.js';

/** The limit of a `NonceStore`. */
export interface NonceStoreOptions {
  /** How many nonces are remembered at most. Default 100,000. */
  readonly maxNonces?: number;
}

/** The result of using a nonce: it is new, it was used before, or there is no room to remember it. */
export type NonceUse = 'fresh' | 'used' | 'full';

const DEFAULT_MAX_NONCES = 100_000;
const SECONDS_BETWEEN_SWEEPS = 60;

/**
 * Remembers used nonces, each until its token has expired, so that a token opens only one connection.
 * When it is full of nonces that have not expired, new ones are refused: a forgotten nonce would make its token usable
 * again.
 */
export class NonceStore {
  readonly #maxNonces: number;
  readonly #expiries = new Map<string, number>();
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

  /** Uses a nonce of an issuer, and remembers it until `expiresAt`. Times are in seconds. */
  use(issuer: string, nonce: string, expiresAt: number, now: number): NonceUse {
    if (now >= this.#nextSweep) this.#forgetExpired(now);
    const key = `${issuer.length}:${issuer}${nonce}`;
    const usedUntil = this.#expiries.get(key);
    if (usedUntil !== undefined && now < usedUntil) return 'used';
    if (usedUntil === undefined && this.#expiries.size >= this.#maxNonces) return 'full';
    this.#expiries.set(key, expiresAt);
    return 'fresh';
  }

  /** A sweep reads the whole map, so it runs at most once a minute, also when the store is full. */
  #forgetExpired(now: number): void {
    for (const [key, expiresAt] of this.#expiries) {
      if (expiresAt <= now) this.#expiries.delete(key);
    }
    this.#nextSweep = now + SECONDS_BETWEEN_SWEEPS;
  }
}
