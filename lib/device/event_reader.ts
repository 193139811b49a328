import { Buffer } from 'node:buffer';
import { ErrorCode, TiRtcError } from '../errors/index.js';
import { ALIKE, type NativeLoop, PEER_REQUESTS, RECORD, SLAB } from '../native/index.js';
import type { Frame } from '../types/index.js';
import type { LentFrames } from './device_types.js';

const TWO_TO_32 = 2 ** 32;

/** The memory of one slab, as bytes and as words. */
export class Slab {
  readonly buffer = new ArrayBuffer(SLAB.bytes);
  readonly words = new Uint32Array(this.buffer);
}

/** Reads one event record after another and creates an object only on request. The getters read the current record; payloads
 *  and frames stay valid. */
export class EventReader {
  /** The current record and the frames of the same kind after it, for zero-copy readers. */
  readonly frames = new FrameRun(this);
  readonly #loop: NativeLoop;
  #slab = new Slab();
  #words = this.#slab.words;
  #index = 0;
  /** The start of the current record and the end of the last one, in words of the slab. */
  #at = 0;
  #end = 0;

  constructor(loop: NativeLoop) {
    this.#loop = loop;
  }

  /** Start reading a slab, before its first record. */
  open(slab: Slab, index: number): void {
    this.#slab = slab;
    this.#words = slab.words;
    this.#index = index;
    this.#at = SLAB.headerWords - SLAB.recordWords;
    this.#end = SLAB.headerWords + SLAB.recordWords * (slab.words[SLAB.records] as number);
  }

  /** The number of the current record in its slab, from 0; -1 before the first. */
  get position(): number {
    return (this.#at - SLAB.headerWords) / SLAB.recordWords;
  }

  /** Go to the next record. Returns false if there is none. */
  next(): boolean {
    const next = this.#at + SLAB.recordWords;
    if (next >= this.#end) return false;
    this.#at = next;
    return true;
  }

  /** Go to the next record if it has the same kind and connection as this one. Returns false if not. */
  nextAlike(): boolean {
    const next = this.#at + SLAB.recordWords;
    if (next >= this.#end || ((this.#words[next + RECORD.kind] as number) & ALIKE) === 0) return false;
    this.#at = next;
    return true;
  }

  get kind(): number {
    return this.#word(RECORD.kind) & ~ALIKE;
  }
  get device(): number {
    return this.#word(RECORD.device);
  }
  get connection(): number {
    return this.#word(RECORD.connectionLow) + this.#word(RECORD.connectionHigh) * TWO_TO_32;
  }
  get error(): number {
    return this.#word(RECORD.error) | 0;
  }
  get reason(): number {
    return this.#word(RECORD.detail);
  }
  get commandWord(): number {
    return this.#word(RECORD.detail);
  }
  get bitrateBps(): number {
    return this.#word(RECORD.detail);
  }
  get retryInMs(): number {
    return this.#word(RECORD.time);
  }
  /** Only set on `connected` events. */
  get httpStatus(): number {
    return this.#word(RECORD.time);
  }
  /** stream | media << 8 | flags << 16 | reserved << 24 */
  get frameHead(): number {
    return this.#word(RECORD.head);
  }
  get timestampMs(): number {
    return this.#word(RECORD.time);
  }
  get size(): number {
    return this.#word(RECORD.size);
  }
  get stream(): number {
    return this.#word(RECORD.head) & 0xff;
  }
  get subscribeRequest(): 'subscribeVideo' | 'subscribeAudio' {
    return this.commandWord === PEER_REQUESTS.subscribeVideo ? 'subscribeVideo' : 'subscribeAudio';
  }

  text(): string {
    return Buffer.from(this.data()).toString('utf8');
  }

  frame(): Frame {
    const head = this.frameHead;
    return {
      stream: head & 0xff,
      media: (head >>> 8) & 0xff,
      flags: (head >>> 16) & 0xff,
      reserved: head >>> 24,
      timestampMs: this.timestampMs,
      data: this.data(),
    };
  }

  /** Returns a copy: by measurement it costs no more than passing the slab on, and the program keeps only the bytes it needs. */
  data(): Uint8Array {
    const data = this.lentData();
    return data.buffer === this.#slab.buffer ? Buffer.from(data) : data;
  }

  /** Returns a view of the slab, valid until the slab is reused. Call it once for each record. */
  lentData(): Uint8Array {
    const offset = this.#word(RECORD.offset);
    if (offset >= SLAB.bytes) return this.#loop.blockOf(this.#index, offset - SLAB.bytes);
    return new Uint8Array(this.#slab.buffer, offset, this.size);
  }

  #word(word: number): number {
    return this.#words[this.#at + word] as number;
  }
}

/** Consecutive frames of one connection and kind, read from the slab without a copy. */
export class FrameRun implements LentFrames {
  readonly #reader: EventReader;
  #open = false;
  #data: Uint8Array | undefined;
  #count = 0;
  #bytes = 0;

  constructor(reader: EventReader) {
    this.#reader = reader;
  }

  /** Lend the current record, and similar records after it, to `handler`, which advances with next(). */
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

  /** The number of frames read since lend(). */
  get count(): number {
    return this.#count;
  }
  /** The bytes of these frames. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Skip the remaining frames. */
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

  /** A method, because a private getter is called through the engine's runtime, which took three quarters of the time of a
   *  frame. */
  #lent(): EventReader {
    if (this.#open) return this.#reader;
    throw new TiRtcError({
      what: 'a lent frame was read after its handler had returned',
      number: ErrorCode.INVALID_HANDLE,
      code: 'FRAME_RETURNED',
      advice:
        "copy the data inside the handler, or use on('video'), on('audio') or on('message'), which deliver copies",
    });
  }
}
