import { type MaybePromise, timedOut, wait } from '../base/index.js';
import type { Clock } from '../types/index.js';

/** Most look-ups that run at once: a database should not receive thousands of queries because thousands of devices return. */
export const MAX_LOOKUPS = 64;

interface Waiting {
  /** Whether the link that needs the result is still there. */
  readonly isWanted: () => boolean;
  readonly start: () => void;
  readonly drop: () => void;
}

/** Runs the look-ups of the program, a bounded number at once; the others wait their turn. */
export class Lookups {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #waiting: Waiting[] = [];
  #running = 0;

  /** A look-up that runs for longer than `timeoutMs` is given up, so that it does not occupy its place for ever. */
  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /** Number of look-ups that run. */
  get running(): number {
    return this.#running;
  }

  /** Calls `look` when what is under way has left the call stack, so that a challenge is sent before it. Rejects with what it
   *  throws or rejects with, with a time-out, or, if it waited for its turn until it was not wanted any more, with nothing. */
  run<Value>(look: () => MaybePromise<Value>, isWanted: () => boolean): Promise<Value> {
    return new Promise<Value>((resolve, reject) => {
      const start = (): void => {
        this.#running += 1;
        wait<Value>({
          clock: this.#clock,
          timeoutMs: this.#timeoutMs,
          begin: (waiter) => Promise.resolve(look()).then(waiter.resolve, waiter.reject),
          timeoutError: timedOut('no answer'),
          finished: () => this.#finish(),
        }).then(resolve, reject);
      };
      process.nextTick(() => {
        if (this.#running < MAX_LOOKUPS) start();
        else this.#waiting.push({ isWanted, start, drop: () => reject(undefined) });
      });
    });
  }

  #finish(): void {
    this.#running -= 1;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      if (next.isWanted()) {
        next.start();
        return;
      }
      next.drop();
    }
  }
}
