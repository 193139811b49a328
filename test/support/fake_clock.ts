import type { Clock, Timer } from '../../lib/types/index.js';

interface Entry {
  readonly atMs: number;
  readonly callback: () => void;
}

/** A clock that moves only when the test moves it. */
export class FakeClock implements Clock {
  readonly #timers = new Set<Entry>();
  #nowMs = 0;

  nowMs(): number {
    return this.#nowMs;
  }

  get pendingTimers(): number {
    return this.#timers.size;
  }

  startTimer(delayMs: number, callback: () => void): Timer {
    const entry = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.add(entry);
    return { cancel: () => void this.#timers.delete(entry) };
  }

  /** Move on, calling back what becomes due, in order. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const due = [...this.#timers].filter((entry) => entry.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      this.#timers.delete(due);
      due.callback();
    }
    this.#nowMs = untilMs;
  }
}
