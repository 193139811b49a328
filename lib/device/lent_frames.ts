import { ErrorCode, TiRtcError } from '../errors/index.js';
import type { LentFrames } from './device_types.js';
import type { EventReader } from './event_reader.js';

/** The frames of one connection and kind that came next to each other, read where they lie. */
export class FrameRun implements LentFrames {
  readonly #reader: EventReader;
  #open = false;
  #data: Uint8Array | undefined;
  #count = 0;
  #bytes = 0;

  constructor(reader: EventReader) {
    this.#reader = reader;
  }

  /** Lend the current record, and those like it behind it, to `handler`, which goes on with next(). */
  lend(handler: (frames: FrameRun) => void): void {
    this.#open = true;
    this.#data = undefined;
    this.#count = 1;
    this.#bytes = this.#reader.size;
    try {
      handler(this);
    } finally {
      this.#open = false;
    }
  }

  /** How many were read since lend(). */
  get count(): number {
    return this.#count;
  }
  /** The bytes of those. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Go past those that nobody asked for. */
  drop(): void {
    while (this.next()) {}
  }

  next(): boolean {
    this.#data = undefined;
    if (!this.#lent().nextAlike()) return false;
    this.#count += 1;
    this.#bytes += this.#reader.size;
    return true;
  }

  get stream(): number {
    return this.#lent().frameHead & 0xff;
  }
  get media(): number {
    return (this.#lent().frameHead >>> 8) & 0xff;
  }
  get flags(): number {
    return (this.#lent().frameHead >>> 16) & 0xff;
  }
  get reserved(): number {
    return this.#lent().frameHead >>> 24;
  }
  get timestampMs(): number {
    return this.#lent().timestampMs;
  }
  get size(): number {
    return this.#lent().size;
  }
  get data(): Uint8Array {
    this.#data ??= this.#lent().lentData();
    return this.#data;
  }

  /** A method: a private getter is called through the engine's runtime, which took three quarters of a frame's time. */
  #lent(): EventReader {
    if (this.#open) return this.#reader;
    throw new TiRtcError({
      what: 'a lent frame was read after its handler had returned',
      number: ErrorCode.INVALID_HANDLE,
      code: 'FRAME_RETURNED',
      advice: "copy what you need inside the handler, or use on('video') and its kin, whose frames are yours",
    });
  }
}
