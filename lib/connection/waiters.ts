import { ErrorCode, TiRtcError } from '../errors/index.js';
import type { Clock, RequestOptions } from '../types/index.js';

export const DEFAULT_REQUEST_TIMEOUT_MS = 10_000;

interface Waiter<Value> {
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;
}

/** Promises that wait for something by key: an answer, a timeout, a signal or the end, whichever is first. */
export class Waiters<Key, Value> {
  readonly #clock: Clock;
  readonly #waiting = new Map<Key, Set<Waiter<Value>>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  has(key: Key): boolean {
    return this.#waiting.has(key);
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Wait for settle(key). `what` completes "no answer to …" in the error of a timeout. `send` is called once the wait has
   *  begun; when it throws, so does the wait. */
  wait(key: Key, what: string, options: RequestOptions, send: () => void): Promise<Value> {
    const { timeoutMs = DEFAULT_REQUEST_TIMEOUT_MS, signal } = options;
    return new Promise<Value>((resolve, reject) => {
      if (signal?.aborted === true) throw signal.reason;
      const forget = (): void => {
        timer.cancel();
        signal?.removeEventListener('abort', abort);
        this.#remove(key, waiter);
      };
      const waiter: Waiter<Value> = {
        resolve: (value) => {
          forget();
          resolve(value);
        },
        reject: (error) => {
          forget();
          reject(error);
        },
      };
      const abort = (): void => waiter.reject(signal?.reason);
      const timer = this.#clock.startTimer(timeoutMs, () => {
        waiter.reject(new TiRtcError({ what: `no answer to ${what} in ${timeoutMs} ms`, number: ErrorCode.TIMEOUTED }));
      });
      signal?.addEventListener('abort', abort, { once: true });
      this.#add(key, waiter);
      try {
        send();
      } catch (error) {
        waiter.reject(error);
      }
    });
  }

  /** Give `value` to all who wait for `key`. False when nobody did. */
  settle(key: Key, value: Value): boolean {
    const waiters = [...(this.#waiting.get(key) ?? [])];
    for (const waiter of waiters) waiter.resolve(value);
    return waiters.length > 0;
  }

  rejectAll(error: unknown): void {
    for (const waiters of [...this.#waiting.values()]) for (const waiter of [...waiters]) waiter.reject(error);
  }

  #add(key: Key, waiter: Waiter<Value>): void {
    const waiters = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, waiters.add(waiter));
  }

  #remove(key: Key, waiter: Waiter<Value>): void {
    const waiters = this.#waiting.get(key);
    waiters?.delete(waiter);
    if (waiters?.size === 0) this.#waiting.delete(key);
  }
}
