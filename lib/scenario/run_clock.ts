import type { ServiceClock } from '../service/index.js';
import type { Timer } from '../types/index.js';

/** The clock of a run. Its date can be moved; the time that passes, and so every timer, does not move with it. */
export class RunClock implements ServiceClock {
  readonly #clock: ServiceClock;
  #movedMs = 0;

  constructor(clock: ServiceClock) {
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

  /** Set the date forward, or back by less than nothing. */
  moveDate(byMs: number): void {
    this.#movedMs += byMs;
  }
}
