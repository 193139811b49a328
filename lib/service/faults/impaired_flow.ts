import type { Clock, Timer } from '../../types/index.js';

/** What one direction of a link suffers. */
export interface FlowConditions {
  readonly stalled: boolean;
  readonly delayMs: number;
  readonly jitterMs: number;
  /** Infinity: as fast as it can. */
  readonly bytesPerSecond: number;
  /** Infinity: never. */
  readonly corruptEveryBytes: number;
}

export const CLEAR: FlowConditions = {
  stalled: false,
  delayMs: 0,
  jitterMs: 0,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  corruptEveryBytes: Number.POSITIVE_INFINITY,
};

export interface ImpairedFlowOptions {
  readonly clock: Clock;
  /** 0 up to, not including, 1. */
  readonly random: () => number;
  readonly deliver: (chunk: Buffer) => void;
  readonly end: () => void;
  /** No more bytes may pass. */
  readonly broken: () => void;
  /** There is room again after add() returned false. */
  readonly writable: () => void;
}

/** As much as a network holds on the way. What is more waits where it comes from. */
export const MAX_HELD_BYTES = 64 * 1024;
/** A slow pipe lets pieces pass about this often. */
const PIECE_MS = 20;

interface Held {
  /** undefined: the end. */
  readonly chunk: Buffer | undefined;
  readonly dueMs: number;
}

/** One direction of a byte pipe under conditions. Order is kept, whatever happens. */
export class ImpairedFlow {
  readonly #options: ImpairedFlowOptions;
  readonly #held: Held[] = [];
  #conditions = CLEAR;
  #heldBytes = 0;
  #full = false;
  #lastDueMs = 0;
  #freeAtMs = 0;
  #bytesToNextFlip = Number.POSITIVE_INFINITY;
  #bytesLeft = Number.POSITIVE_INFINITY;
  #timer: Timer | undefined;

  constructor(options: ImpairedFlowOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#held.length === 0;
  }

  get isFull(): boolean {
    return this.#full;
  }

  /** From now on. What is held already keeps its time, but waits while the pipe is stalled. */
  set(conditions: FlowConditions): void {
    if (conditions.corruptEveryBytes !== this.#conditions.corruptEveryBytes) {
      this.#bytesToNextFlip = this.#nextFlip(conditions.corruptEveryBytes);
    }
    this.#conditions = conditions;
    this.#deliverDue();
  }

  /** So many bytes pass from now on; then it is broken. */
  breakAfter(bytes: number): void {
    this.#bytesLeft = Math.min(this.#bytesLeft, bytes);
  }

  unbreak(): void {
    this.#bytesLeft = Number.POSITIVE_INFINITY;
  }

  /** Returns false when no more should come until `writable`. */
  add(chunk: Buffer): boolean {
    const { bytesPerSecond } = this.#conditions;
    const pieceBytes = Math.max(1, Math.min(chunk.length, Math.ceil((bytesPerSecond * PIECE_MS) / 1000)));
    for (let at = 0; at < chunk.length; at += pieceBytes) {
      const piece = chunk.subarray(at, at + pieceBytes);
      this.#hold(this.#spoil(piece), piece.length);
    }
    this.#deliverDue();
    this.#full = this.#heldBytes > MAX_HELD_BYTES;
    return !this.#full;
  }

  finish(): void {
    this.#hold(undefined, 0);
    this.#deliverDue();
  }

  /** Nobody is there any more. */
  stop(): void {
    this.#timer?.cancel();
    this.#held.length = 0;
    this.#heldBytes = 0;
  }

  #hold(chunk: Buffer | undefined, bytes: number): void {
    const { delayMs, jitterMs, bytesPerSecond } = this.#conditions;
    const nowMs = this.#options.clock.nowMs();
    const passMs = bytes === 0 ? 0 : (bytes * 1000) / bytesPerSecond;
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs) + passMs;
    const lateMs = delayMs + (jitterMs === 0 ? 0 : this.#options.random() * jitterMs);
    const dueMs = Math.max(this.#lastDueMs, this.#freeAtMs + lateMs);
    this.#lastDueMs = dueMs;
    this.#held.push({ chunk, dueMs });
    this.#heldBytes += bytes;
  }

  /** A copy with bits turned over, or the chunk itself when none is due. */
  #spoil(chunk: Buffer): Buffer {
    const { corruptEveryBytes } = this.#conditions;
    if (this.#bytesToNextFlip >= chunk.length) {
      this.#bytesToNextFlip -= chunk.length;
      return chunk;
    }
    const spoilt = Buffer.from(chunk);
    let at = this.#bytesToNextFlip;
    for (; at < spoilt.length; at += 1 + this.#nextFlip(corruptEveryBytes)) {
      spoilt[at] = (spoilt[at] ?? 0) ^ (1 << Math.floor(this.#options.random() * 8));
    }
    this.#bytesToNextFlip = at - spoilt.length;
    return spoilt;
  }

  #nextFlip(everyBytes: number): number {
    return everyBytes === Number.POSITIVE_INFINITY ? everyBytes : Math.floor(this.#options.random() * 2 * everyBytes);
  }

  #deliverDue(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#conditions.stalled) return;
    const nowMs = this.#options.clock.nowMs();
    for (let first = this.#held[0]; first !== undefined; first = this.#held[0]) {
      if (first.dueMs > nowMs) {
        this.#timer = this.#options.clock.startTimer(Math.ceil(first.dueMs - nowMs), () => this.#deliverDue());
        break;
      }
      this.#held.shift();
      if (!this.#deliver(first.chunk)) return;
    }
    if (this.#full && this.#heldBytes <= MAX_HELD_BYTES / 2) {
      this.#full = false;
      this.#options.writable();
    }
  }

  /** Returns false when that was the last. */
  #deliver(chunk: Buffer | undefined): boolean {
    if (chunk === undefined) {
      this.#options.end();
      return true;
    }
    this.#heldBytes -= chunk.length;
    const passing = chunk.length > this.#bytesLeft ? chunk.subarray(0, this.#bytesLeft) : chunk;
    this.#bytesLeft -= passing.length;
    if (passing.length > 0) this.#options.deliver(passing);
    if (this.#bytesLeft > 0) return true;
    this.#options.broken();
    return false;
  }
}
