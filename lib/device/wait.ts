import type { WaitOptions } from '../connection/index.js';
import type { Clock } from '../types/index.js';

export interface Waiter<Value> {
  resolve(value: Value): void;
  reject(error: unknown): void;
}

/** Several that wait for the same. */
export class WaiterSet<Value> {
  readonly #waiters = new Set<Waiter<Value>>();

  get size(): number {
    return this.#waiters.size;
  }

  add(waiter: Waiter<Value>): void {
    this.#waiters.add(waiter);
  }

  delete(waiter: Waiter<Value>): boolean {
    return this.#waiters.delete(waiter);
  }

  resolveAll(value: Value): void {
    for (const waiter of this.#takeAll()) waiter.resolve(value);
  }

  rejectAll(error: unknown): void {
    for (const waiter of this.#takeAll()) waiter.reject(error);
  }

  #takeAll(): readonly Waiter<Value>[] {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    return waiters;
  }
}

export interface Wait<Value> extends WaitOptions {
  readonly clock: Clock;
  /** Begin; when it throws, the wait is over. */
  readonly begin: (waiter: Waiter<Value>) => void;
  /** Called once when the wait was given up, with the reason of it. */
  readonly giveUp: (waiter: Waiter<Value>) => void;
  /** The error of a timeout. */
  readonly timeoutError: (timeoutMs: number) => Error;
  /** Called when the wait is over, whatever its end. */
  readonly finished: () => void;
}

/** A promise with a deadline and a signal. */
export function wait<Value>(options: Wait<Value>): Promise<Value> {
  const { signal, timeoutMs, clock, begin, giveUp, timeoutError, finished } = options;
  return new Promise<Value>((resolve, reject) => {
    let isOver = false;
    const finish = (settle: () => void): void => {
      if (isOver) return;
      isOver = true;
      timer?.cancel();
      signal?.removeEventListener('abort', abort);
      settle();
      finished();
    };
    const waiter: Waiter<Value> = {
      resolve: (value) => finish(() => resolve(value)),
      reject: (error) => finish(() => reject(error)),
    };
    const abandon = (reason: unknown): void => {
      waiter.reject(reason);
      giveUp(waiter);
    };
    const abort = (): void => abandon(signal?.reason);
    const timer =
      timeoutMs === undefined ? undefined : clock.startTimer(timeoutMs, () => abandon(timeoutError(timeoutMs)));
    signal?.addEventListener('abort', abort, { once: true });
    try {
      signal?.throwIfAborted();
      begin(waiter);
    } catch (error) {
      waiter.reject(error);
    }
  });
}
