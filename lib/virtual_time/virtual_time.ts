import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers';
import type { Timer, WallClock } from '../types/index.js';
import { Timers } from './timers.js';
import { VirtualNetwork } from './virtual_network.js';

/** The date at which virtual time begins: 2025-01-01, noon, UTC. */
const FIRST_WALL_MS = Date.UTC(2025, 0, 1, 12);
/** The shortest timer, as in Node: a chain of timers lets time pass. */
const MIN_TIMER_MS = 1;
/** More acts at one instant mean that actors answer each other endlessly. */
const DEFAULT_MAX_ACTS_AT_ONE_INSTANT = 1_000_000;

export interface VirtualTimeOptions {
  readonly seed: number | string;
  /** Host and port of the service. */
  readonly host: string;
  readonly port: number;
  /** More acts than this at one instant are a standstill. */
  readonly maxActsAtOneInstant?: number;
}

/** Time without waiting: when nothing else can happen, the clock jumps to what is due next. The same seed and the same calls
 *  give the same bytes at the same instants. Its actors must take their timers, randomness and network from here. */
export class VirtualTime implements WallClock {
  readonly network: VirtualNetwork;
  /** Called when acts do not end at one instant; afterwards time advances anyway. */
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

  /** Let time pass until the promise of `work` settles. Rejects also when it can never settle. */
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
        throw new Error(`nothing is due after ${this.#nowMs} ms of virtual time, so the run would never end`);
      }
    }
  }

  /** End all devices and free their memory. */
  close(): void {
    this.network.world.close();
  }

  /** Do one act. Returns false if there is none at this instant. */
  #act(): boolean {
    this.#acts += 1;
    if (this.#acts > this.#maxActs) {
      this.onStandstill(this.#nowMs);
      return false;
    }
    return this.network.deliver() || this.network.world.step() || this.#timers.fireOne(this.#nowMs);
  }

  /** Go to the next instant at which something is due. Returns false if there is none. */
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

/** Resolves after all pending microtasks and ticks. */
function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
