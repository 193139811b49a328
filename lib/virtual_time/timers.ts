import type { Timer } from '../types/index.js';

interface Entry extends Timer {
  readonly dueMs: number;
  /** Timers of one instant fire in the order they were started. */
  readonly number: number;
  callback: (() => void) | undefined;
}

/** Cancelled timers are cleared away when there are so many, and more of them than others. */
const MANY_CANCELLED = 256;

/** Timers of a clock that somebody else moves: a heap, the next one first. */
export class Timers {
  #heap: Entry[] = [];
  #count = 0;
  #cancelled = 0;

  add(dueMs: number, callback: () => void): Timer {
    const entry: Entry = {
      dueMs,
      number: this.#count++,
      callback,
      cancel: () => {
        if (entry.callback === undefined) return;
        entry.callback = undefined;
        this.#cancelled += 1;
        this.#clearAway();
      },
    };
    this.#heap.push(entry);
    this.#rise(this.#heap.length - 1);
    return entry;
  }

  /** How many are remembered, cancelled ones included. */
  get size(): number {
    return this.#heap.length;
  }

  /** When the next one is due; undefined: there is none. */
  nextDueMs(): number | undefined {
    while (this.#heap[0] !== undefined && this.#heap[0].callback === undefined) {
      this.#removeFirst();
      this.#cancelled -= 1;
    }
    return this.#heap[0]?.dueMs;
  }

  /** Fire the first of those that are due. Returns false when none is. */
  fireOne(nowMs: number): boolean {
    const dueMs = this.nextDueMs();
    if (dueMs === undefined || dueMs > nowMs) return false;
    const first = this.#removeFirst();
    const { callback } = first;
    first.callback = undefined; // to cancel it now is harmless
    callback?.();
    return true;
  }

  #clearAway(): void {
    if (this.#cancelled < MANY_CANCELLED || this.#cancelled * 2 < this.#heap.length) return;
    this.#cancelled = 0;
    this.#heap = this.#heap.filter(({ callback }) => callback !== undefined);
    this.#heap.sort((a, b) => (isBefore(a, b) ? -1 : 1)); // what is sorted is a heap
  }

  #removeFirst(): Entry {
    const heap = this.#heap;
    const [first] = heap as [Entry];
    const last = heap.pop() as Entry;
    if (heap.length > 0) {
      heap[0] = last;
      this.#sink();
    }
    return first;
  }

  #rise(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#swapWhenWrong(parent, at)) return;
      at = parent;
    }
  }

  #sink(): void {
    const heap = this.#heap;
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      const right = left + 1;
      if (left >= heap.length) return;
      const child = right < heap.length && isBefore(heap[right] as Entry, heap[left] as Entry) ? right : left;
      if (!this.#swapWhenWrong(at, child)) return;
      at = child;
    }
  }

  #swapWhenWrong(parent: number, child: number): boolean {
    const [above, below] = [this.#heap[parent] as Entry, this.#heap[child] as Entry];
    if (!isBefore(below, above)) return false;
    this.#heap[parent] = below;
    this.#heap[child] = above;
    return true;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.number < b.number);
}
