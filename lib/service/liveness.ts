import type { Clock, Timer } from '../types/index.js';

/** Something that is asked, now and then, whether it is still alive. */
export interface Watched {
  checkLiveness(nowMs: number): void;
}

/** One timer for all links: twenty thousand of them cost one look twice a second, not a timer each. */
export class Liveness {
  readonly #clock: Clock;
  readonly #tickMs: number;
  readonly #watched = new Set<Watched>();
  #timer: Timer | undefined;

  /** `shortestMs` is the shortest interval that matters to any link. */
  constructor(clock: Clock, shortestMs: number) {
    this.#clock = clock;
    this.#tickMs = Math.min(MAX_TICK_MS, Math.max(MIN_TICK_MS, Math.floor(shortestMs / 8)));
  }

  watch(link: Watched): void {
    this.#watched.add(link);
    this.#timer ??= this.#clock.startTimer(this.#tickMs, () => this.#tick());
  }

  forget(link: Watched): void {
    this.#watched.delete(link);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#watched.clear();
  }

  #tick(): void {
    const nowMs = this.#clock.nowMs();
    for (const link of this.#watched) link.checkLiveness(nowMs);
    this.#timer = this.#watched.size === 0 ? undefined : this.#clock.startTimer(this.#tickMs, () => this.#tick());
  }
}

const MIN_TICK_MS = 5;
const MAX_TICK_MS = 500;
