import { type Wait, type Waiter, wait } from './wait.js';

/** Waits by key: several may wait for the same key, and one call settles all of them. */
export class Waiters<Key, Value> {
  readonly #waiting = new Map<Key, Set<Waiter<Value>>>();

  has(key: Key): boolean {
    return this.#waiting.has(key);
  }

  /** The number of keys that are waited for. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Waits for settle(key), as wait() does. */
  wait(key: Key, options: Wait<Value>): Promise<Value> {
    let added: Waiter<Value> | undefined;
    return wait({
      ...options,
      begin: (waiter) => {
        added = waiter;
        this.#waiting.set(key, (this.#waiting.get(key) ?? new Set()).add(waiter));
        options.begin(waiter);
      },
      finished: () => {
        if (added !== undefined) this.#remove(key, added);
        options.finished?.();
      },
    });
  }

  /** Resolves all waits for `key`. Returns false if there are none. */
  settle(key: Key, value: Value): boolean {
    const waiters = [...(this.#waiting.get(key) ?? [])];
    for (const waiter of waiters) waiter.resolve(value);
    return waiters.length > 0;
  }

  rejectAll(error: unknown): void {
    for (const waiters of [...this.#waiting.values()]) for (const waiter of [...waiters]) waiter.reject(error);
  }

  #remove(key: Key, waiter: Waiter<Value>): void {
    const waiters = this.#waiting.get(key);
    waiters?.delete(waiter);
    if (waiters?.size === 0) this.#waiting.delete(key);
  }
}
