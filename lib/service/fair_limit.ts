import { networkOf } from './addresses.js';

/** The share of one network while a limit is nearly used up. */
const SHARES = 64;
const BUSY_PART = 3 / 4;

/** A number of places that are shared out among the networks of clients. Any network may take as many as there are, until
 *  three quarters of all are taken; from then on each may have no more than its share, so that none can shut out the others. */
export class FairLimit {
  readonly #limit: number;
  readonly #share: number;
  readonly #takenByNetwork = new Map<string, number>();
  #taken = 0;

  constructor(limit: number) {
    this.#limit = limit;
    this.#share = Math.max(1, Math.floor(limit / SHARES));
  }

  /** Take a place for a client; undefined is a client without a share. Returns why there is none, if so, to follow "there
   *  are". */
  take(address: string | undefined): string | undefined {
    if (this.#taken >= this.#limit) return `${this.#limit} already`;
    if (address !== undefined) {
      const network = networkOf(address);
      const taken = this.#takenByNetwork.get(network) ?? 0;
      if (this.#taken > this.#limit * BUSY_PART && taken >= this.#share) {
        return `${this.#taken} already, of which ${taken} are from ${network}`;
      }
      this.#takenByNetwork.set(network, taken + 1);
    }
    this.#taken += 1;
    return undefined;
  }

  /** Give back a place that was taken with the same address. */
  release(address: string | undefined): void {
    this.#taken -= 1;
    if (address === undefined) return;
    const network = networkOf(address);
    const taken = this.#takenByNetwork.get(network) ?? 0;
    if (taken > 1) this.#takenByNetwork.set(network, taken - 1);
    else this.#takenByNetwork.delete(network);
  }
}
