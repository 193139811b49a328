import type { Timer, WallClock } from '../types/index.js';

/** A clock whose date can be moved. Its monotonic time, and so every timer, does not move with the date. */
export class MovableClock implements WallClock {
  readonly #clock: WallClock;
  #movedMs = 0;

  constructor(clock: WallClock) {
    this.#clock = clock;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  wallMs(): number {
    return this.#clock.wallMs() + this.#movedMs;
  }

  startTimer(delayMs: number, callback: () => void): Timer {
    return this.#clock.startTimer(delayMs, callback);
  }

  /** Move the wall clock by `byMs`; a negative value moves it back. */
  moveDate(byMs: number): void {
    this.#movedMs += byMs;
  }
}
