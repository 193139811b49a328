import type { Timer } from '../types/index.js';

interface Entry {
  readonly dueMs: number;
  /** Timers of one instant fire in the order in which they were started. */
  readonly number: number;
  /** undefined once it has fired or is cancelled. */
  callback: (() => void) | undefined;
}

/** Cancelled timers are removed when there are this many, and at least as many as others. */
const MANY_CANCELLED = 256;

/** The timers of a clock that is moved from outside: a binary heap, the next one first. */
export class Timers {
  #heap: Entry[] = [];
  #count = 0;
  #cancelled = 0;

  add(dueMs: number, callback: () => void): Timer {
    const entry: Entry = { dueMs, number: this.#count++, callback };
    this.#rise(entry);
    return { cancel: () => this.#cancel(entry) };
  }

  /** The number of entries, cancelled ones included. */
  get size(): number {
    return this.#heap.length;
  }

  /** Returns when the next one is due; undefined if there is none. */
  nextDueMs(): number | undefined {
    while (this.#heap[0] !== undefined && this.#heap[0].callback === undefined) {
      this.#removeFirst();
      this.#cancelled -= 1;
    }
    return this.#heap[0]?.dueMs;
  }

  /** Fire the first of those that are due. Returns false if none is. */
  fireOne(nowMs: number): boolean {
    const dueMs = this.nextDueMs();
    const [first] = this.#heap;
    if (first === undefined || dueMs === undefined || dueMs > nowMs) return false;
    const { callback } = first;
    this.#removeFirst();
    first.callback = undefined; // to cancel it now has no effect
    callback?.();
    return true;
  }

  #cancel(entry: Entry): void {
    if (entry.callback === undefined) return;
    entry.callback = undefined;
    this.#cancelled += 1;
    if (this.#cancelled < MANY_CANCELLED || this.#cancelled * 2 < this.#heap.length) return;
    this.#cancelled = 0;
    this.#heap = this.#heap.filter(({ callback }) => callback !== undefined);
    this.#heap.sort((a, b) => (isBefore(a, b) ? -1 : 1)); // a sorted array is a heap
  }

  /** Put an entry in its place on the way from the last place to the first. */
  #rise(entry: Entry): void {
    let at = this.#heap.length;
    for (let above = (at - 1) >> 1; at > 0; above = (at - 1) >> 1) {
      const parent = this.#heap[above];
      if (isBefore(parent, entry)) break;
      this.#heap[at] = parent as Entry;
      at = above;
    }
    this.#heap[at] = entry;
  }

  /** Remove the first entry, and put the last one in its place on the way from the first place down. */
  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (isBefore(heap[child + 1], heap[child])) child += 1;
      if (isBefore(last, heap[child])) break;
      heap[at] = heap[child] as Entry;
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(a: Entry | undefined, b: Entry | undefined): boolean {
  if (a === undefined || b === undefined) return b === undefined && a !== undefined;
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.number < b.number);
}
