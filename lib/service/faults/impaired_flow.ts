import type { Clock, Timer } from '../../types/index.js';

/** The impairments of one direction of a link. */
export interface FlowConditions {
  readonly stalled: boolean;
  readonly delayMs: number;
  readonly jitterMs: number;
  /** Infinity: no limit. */
  readonly bytesPerSecond: number;
  /** Infinity: never. */
  readonly corruptEveryBytes: number;
  /** Break after this many bytes. Infinity: never. */
  readonly breakAfterBytes: number;
}

export const CLEAR: FlowConditions = {
  stalled: false,
  delayMs: 0,
  jitterMs: 0,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  corruptEveryBytes: Number.POSITIVE_INFINITY,
  breakAfterBytes: Number.POSITIVE_INFINITY,
};

export interface ImpairedFlowOptions {
  readonly clock: Clock;
  /** 0 up to, not including, 1. */
  readonly random: () => number;
  readonly deliver: (chunk: Buffer) => void;
  readonly end: () => void;
  /** Called when the flow breaks. */
  readonly broken: () => void;
  /** Called when there is room again after add() returned false. */
  readonly writable: () => void;
}

/** The most that a flow holds, as a network does. Further bytes wait at their sender. */
export const MAX_HELD_BYTES = 64 * 1024;
/** A throttled flow delivers a piece about this often. */
const PIECE_MS = 20;

interface Held {
  /** undefined stands for the end of the flow. */
  readonly chunk: Buffer | undefined;
  readonly dueMs: number;
}

/** One direction of a byte stream under conditions. The order of the bytes never changes. */
export class ImpairedFlow {
  readonly #options: ImpairedFlowOptions;
  readonly #held: Held[] = [];
  #conditions = CLEAR;
  #heldBytes = 0;
  #full = false;
  #lastDueMs = 0;
  #freeAtMs = 0;
  #bytesToNextFlip = Number.POSITIVE_INFINITY;
  #bytesToBreak = Number.POSITIVE_INFINITY;
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

  /** Apply other conditions. Bytes that are held already keep their times, but wait while the flow is stalled. */
  set(conditions: FlowConditions): void {
    if (conditions.corruptEveryBytes !== this.#conditions.corruptEveryBytes) {
      this.#bytesToNextFlip = this.#nextFlip(conditions.corruptEveryBytes);
    }
    this.#bytesToBreak =
      conditions.breakAfterBytes === Number.POSITIVE_INFINITY
        ? Number.POSITIVE_INFINITY
        : Math.min(this.#bytesToBreak, conditions.breakAfterBytes);
    this.#conditions = conditions;
    this.#deliverDue();
  }

  /** Returns false when the sender should stop until `writable`. */
  add(chunk: Buffer): boolean {
    const { bytesPerSecond } = this.#conditions;
    const pieceBytes = Math.max(1, Math.min(chunk.length, Math.ceil((bytesPerSecond * PIECE_MS) / 1000)));
    for (let at = 0; at < chunk.length; at += pieceBytes) {
      const piece = chunk.subarray(at, at + pieceBytes);
      this.#hold(this.#corrupt(piece), piece.length);
    }
    this.#deliverDue();
    this.#full = this.#heldBytes > MAX_HELD_BYTES;
    return !this.#full;
  }

  /** End the flow behind the bytes that it holds. */
  finish(): void {
    this.#hold(undefined, 0);
    this.#deliverDue();
  }

  /** Discard everything; the socket is closed. */
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

  /** Returns a copy with flipped bits, or the chunk itself if no flip is due. */
  #corrupt(chunk: Buffer): Buffer {
    const { corruptEveryBytes } = this.#conditions;
    if (this.#bytesToNextFlip >= chunk.length) {
      this.#bytesToNextFlip -= chunk.length;
      return chunk;
    }
    const corrupted = Buffer.from(chunk);
    let at = this.#bytesToNextFlip;
    for (; at < corrupted.length; at += 1 + this.#nextFlip(corruptEveryBytes)) {
      corrupted[at] = (corrupted[at] ?? 0) ^ (1 << Math.floor(this.#options.random() * 8));
    }
    this.#bytesToNextFlip = at - corrupted.length;
    return corrupted;
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

  /** Returns false when the flow broke. */
  #deliver(chunk: Buffer | undefined): boolean {
    if (chunk === undefined) {
      this.#options.end();
      return true;
    }
    this.#heldBytes -= chunk.length;
    const passing = chunk.length > this.#bytesToBreak ? chunk.subarray(0, this.#bytesToBreak) : chunk;
    this.#bytesToBreak -= passing.length;
    if (passing.length > 0) this.#options.deliver(passing);
    if (this.#bytesToBreak > 0) return true;
    this.#options.broken();
    return false;
  }
}
