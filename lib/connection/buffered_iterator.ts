export interface BufferLimits {
  readonly maxItems: number;
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/** An async iterator over pushed items, with a bounded buffer. An item without room is refused; the caller counts it. */
export class BufferedIterator<T> implements AsyncIterableIterator<T> {
  readonly #limits: BufferLimits;
  readonly #sizeOf: (item: T) => number;
  readonly #onDone: (iterator: BufferedIterator<T>) => void;
  #items: T[] = [];
  #head = 0;
  #bytes = 0;
  readonly #waiting: { resolve(result: IteratorResult<T>): void; reject(error: unknown): void }[] = [];
  #done = false;
  #error: unknown;

  constructor(limits: BufferLimits, sizeOf: (item: T) => number, onDone: (iterator: BufferedIterator<T>) => void) {
    this.#limits = limits;
    this.#sizeOf = sizeOf;
    this.#onDone = onDone;
    this.#done = limits.signal?.aborted === true;
    limits.signal?.addEventListener('abort', this.#abort, { once: true });
  }

  readonly #abort = (): void => this.end();

  get isDone(): boolean {
    return this.#done;
  }

  /** Returns false if there is no room. */
  push(item: T): boolean {
    if (this.#done) return false;
    const next = this.#waiting.shift();
    if (next !== undefined) {
      next.resolve({ done: false, value: item });
      return true;
    }
    const count = this.#items.length - this.#head;
    const size = this.#sizeOf(item);
    if (count > 0 && (count >= this.#limits.maxItems || this.#bytes + size > this.#limits.maxBytes)) return false;
    this.#items.push(item);
    this.#bytes += size;
    return true;
  }

  /** Ends the iteration: buffered items are still returned, then `error`, if any, is thrown once. */
  end(error?: unknown): void {
    if (this.#done) return;
    this.#done = true;
    this.#error = error;
    this.#limits.signal?.removeEventListener('abort', this.#abort);
    this.#onDone(this);
    const [first, ...others] = this.#waiting.splice(0);
    if (first !== undefined) this.#finish(first);
    for (const waiter of others) waiter.resolve({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#head < this.#items.length) return Promise.resolve({ done: false, value: this.#shift() });
    return new Promise((resolve, reject) => {
      if (this.#done) this.#finish({ resolve, reject });
      else this.#waiting.push({ resolve, reject });
    });
  }

  return(): Promise<IteratorResult<T>> {
    this.#items = [];
    this.#head = 0;
    this.#bytes = 0;
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #shift(): T {
    const item = this.#items[this.#head] as T;
    this.#head += 1;
    this.#bytes -= this.#sizeOf(item);
    if (this.#head > 64 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  #finish(waiter: { resolve(result: IteratorResult<T>): void; reject(error: unknown): void }): void {
    const error = this.#error;
    this.#error = undefined;
    if (error === undefined) waiter.resolve({ done: true, value: undefined });
    else waiter.reject(error);
  }
}
