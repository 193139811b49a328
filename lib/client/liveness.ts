import type { Clock, Timer } from '../types/index.js';
import type { Limits } from '../wire/index.js';

const MAX_TICK_MS = 1000;

/** Byte counts of a link since it opened. */
export interface ByteCounts {
  readonly receivedBytes: number;
  /** Accepted by the network. */
  readonly sentBytes: number;
  /** Waiting for the network. */
  readonly queuedBytes: number;
}

export interface LivenessOptions {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly traffic: () => ByteCounts;
  /** Called every keepAliveMs. */
  readonly keepAlive: () => void;
  /** Called once, when no byte moved for silenceMs. */
  readonly onSilence: () => void;
}

/** Keeps a link alive and detects a dead one. A late tick counts as at most two, so that a process that was suspended does not
 *  mistake its peer for dead. Sent bytes count only if some had to wait, because the network accepts a ping even for a dead
 *  peer. */
export class Liveness {
  readonly #options: LivenessOptions;
  readonly #tickMs: number;
  #timer: Timer;
  #lastTickMs: number;
  #lastTraffic: ByteCounts;
  #silentMs = 0;
  #isPaused = false;
  #sinceKeepAliveMs = 0;

  constructor(options: LivenessOptions) {
    const { clock, limits, traffic } = options;
    this.#options = options;
    this.#tickMs = Math.max(1, Math.min(MAX_TICK_MS, limits.keepAliveMs, Math.floor(limits.silenceMs / 4)));
    this.#lastTickMs = clock.nowMs();
    this.#lastTraffic = traffic();
    this.#timer = clock.startTimer(this.#tickMs, this.#tick);
  }

  /** Suspends the detection while reading is paused. */
  pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
  }

  stop(): void {
    this.#timer.cancel();
  }

  readonly #tick = (): void => {
    const { clock, limits, keepAlive, onSilence } = this.#options;
    const nowMs = clock.nowMs();
    const passedMs = Math.min(nowMs - this.#lastTickMs, 2 * this.#tickMs);
    this.#lastTickMs = nowMs;

    this.#silentMs = this.#hasMoved() || this.#isPaused ? 0 : this.#silentMs + passedMs;
    if (this.#silentMs >= limits.silenceMs) {
      onSilence();
      return;
    }
    this.#sinceKeepAliveMs += passedMs;
    if (this.#sinceKeepAliveMs >= limits.keepAliveMs) {
      this.#sinceKeepAliveMs = 0;
      keepAlive();
    }
    this.#timer = clock.startTimer(this.#tickMs, this.#tick);
  };

  #hasMoved(): boolean {
    const last = this.#lastTraffic;
    const now = this.#options.traffic();
    this.#lastTraffic = now;
    return now.receivedBytes !== last.receivedBytes || (last.queuedBytes > 0 && now.sentBytes !== last.sentBytes);
  }
}
