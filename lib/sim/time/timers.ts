import type { Timer } from '../../types/index.js';

interface Entry extends Timer {
  readonly dueMs: number;
  /** Timers of one instant fire in the order they were started. */
  readonly number: number;
  callback: (() => void) | undefined;
}

/** Timers of a clock that somebody else moves: a heap, the next one first. */
export class Timers {
  readonly #heap: Entry[] = [];
  #count = 0;

  add(dueMs: number, callback: () => void): Timer {
    const entry: Entry = {
      dueMs,
      number: this.#count++,
      callback,
      cancel: () => {
        entry.callback = undefined;
      },
    };
    this.#heap.push(entry);
    this.#rise(this.#heap.length - 1);
    return entry;
  }

  /** When the next one is due; undefined: there is none. */
  nextDueMs(): number | undefined {
    while (this.#heap[0] !== undefined && this.#heap[0].callback === undefined) this.#removeFirst();
    return this.#heap[0]?.dueMs;
  }

  /** Fire the first of those that are due. Returns false when none is. */
  fireOne(nowMs: number): boolean {
    const dueMs = this.nextDueMs();
    if (dueMs === undefined || dueMs > nowMs) return false;
    const { callback } = this.#removeFirst();
    callback?.();
    return true;
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
