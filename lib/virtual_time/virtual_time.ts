import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers';
import type { Timer, WallClock } from '../types/index.js';
import { Timers } from './timers.js';
import { VirtualNetwork } from './virtual_network.js';

/** What the date is when virtual time begins: 2025-01-01, noon, UTC. */
const FIRST_WALL_MS = Date.UTC(2025, 0, 1, 12);
/** The shortest a timer of Node takes; so that whoever starts one after the other lets time pass. */
const MIN_TIMER_MS = 1;
/** So much never happens in a millisecond, unless some actors answer each other for ever. */
const DEFAULT_MAX_ACTS_AT_ONE_INSTANT = 1_000_000;

export interface VirtualTimeOptions {
  readonly seed: number | string;
  /** Where the one service of this network is. */
  readonly host: string;
  readonly port: number;
  /** More things than that at one instant are a standstill. */
  readonly maxActsAtOneInstant?: number;
}

/** A time that takes none: when everybody waits, the clock jumps to what is due next. The same seed and the same calls give
 *  the same bytes at the same instants. Timers, randomness and network of all who shall live in it must come from here. */
export class VirtualTime implements WallClock {
  readonly network: VirtualNetwork;
  /** Called when time stands still although everybody acts; then it goes on by force. */
  onStandstill: (nowMs: number) => void = () => {};
  readonly #timers = new Timers();
  readonly #maxActs: number;
  #nowMs = 0;
  #acts = 0;

  constructor(options: VirtualTimeOptions) {
    const { seed, host, port, maxActsAtOneInstant = DEFAULT_MAX_ACTS_AT_ONE_INSTANT } = options;
    this.#maxActs = maxActsAtOneInstant;
    const digest = createHash('sha256')
      .update(`${typeof seed} ${seed}`)
      .digest();
    this.network = new VirtualNetwork(digest.readBigUInt64BE(), host, port);
  }

  nowMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return FIRST_WALL_MS + this.#nowMs;
  }

  startTimer(delayMs: number, callback: () => void): Timer {
    return this.#timers.add(this.#nowMs + Math.max(MIN_TIMER_MS, Math.ceil(delayMs)), callback);
  }

  /** Let time go on until the promise that `work` returns is settled. Rejects also when that can never be. */
  async run<Value>(work: () => Promise<Value>): Promise<Value> {
    const outcome = work();
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    outcome.then(settle, settle);
    for (;;) {
      await quiet();
      if (isSettled) return await outcome;
      if (!this.#act() && !this.#jump()) {
        throw new Error(
          `everybody waits at ${this.#nowMs} ms of virtual time, and nothing is due: this would never end`,
        );
      }
    }
  }

  /** End all devices, and free what they hold. */
  close(): void {
    this.network.world.close();
  }

  /** Let one thing happen. Returns false when nothing can now. */
  #act(): boolean {
    this.#acts += 1;
    if (this.#acts > this.#maxActs) {
      this.onStandstill(this.#nowMs);
      return false;
    }
    return this.network.deliver() || this.network.world.step() || this.#timers.fireOne(this.#nowMs);
  }

  /** Go to the instant of what is due next. Returns false when nothing is. */
  #jump(): boolean {
    const timerMs = this.#timers.nextDueMs();
    const deviceMs = this.network.world.nextDueMs();
    const waits = [...(timerMs === undefined ? [] : [timerMs - this.#nowMs]), ...(deviceMs < 0 ? [] : [deviceMs])];
    if (waits.length === 0) return false;
    const ms = Math.max(MIN_TIMER_MS, Math.min(...waits));
    this.network.world.advance(ms);
    this.#nowMs += ms;
    this.#acts = 0;
    return true;
  }
}

/** Resolves when all that JavaScript has to do now is done: microtasks and ticks come before it. */
function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
