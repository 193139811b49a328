import { Buffer } from 'node:buffer';
import { type NativeLoop, RECORD, REQUEST, SLAB } from '../native/index.js';
import type { Frame } from '../types/index.js';

const TWO_TO_32 = 2 ** 32;

/** The memory of one slab as words and as bytes. */
export class Slab {
  readonly buffer = new ArrayBuffer(SLAB.bytes);
  readonly words = new Uint32Array(this.buffer);
  readonly bytes = new Uint8Array(this.buffer);
}

/** Looks at one event record after the other; builds an object only when asked for one. Its answers are about the current
 *  record; payloads and frames stay valid for good. */
export class EventReader {
  readonly #loop: NativeLoop;
  #slab = new Slab();
  #index = 0;
  #at = 0;

  constructor(loop: NativeLoop) {
    this.#loop = loop;
  }

  /** Begin with a slab that was taken; the number of its records. */
  open(slab: Slab, index: number): number {
    this.#slab = slab;
    this.#index = index;
    return this.#header(SLAB.records);
  }

  moveTo(record: number): void {
    this.#at = SLAB.headerWords + record * SLAB.recordWords;
  }

  get more(): boolean {
    return this.#header(SLAB.more) !== 0;
  }

  get kind(): number {
    return this.#word(RECORD.kind);
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
  /** Of a connect. */
  get httpStatus(): number {
    return this.#word(RECORD.time);
  }
  get stream(): number {
    return this.#word(RECORD.head) & 0xff;
  }
  get subscribeRequest(): 'subscribeVideo' | 'subscribeAudio' {
    return this.commandWord === REQUEST.subscribeVideo ? 'subscribeVideo' : 'subscribeAudio';
  }

  text(): string {
    return Buffer.from(this.data()).toString('utf8');
  }

  frame(): Frame {
    const head = this.#word(RECORD.head);
    return {
      stream: head & 0xff,
      media: (head >>> 8) & 0xff,
      flags: (head >>> 16) & 0xff,
      reserved: head >>> 24,
      timestampMs: this.#word(RECORD.time),
      data: this.data(),
    };
  }

  /** A copy: measured, it costs no more than giving the slab away, and what a program keeps takes its own size only. */
  data(): Uint8Array {
    const offset = this.#word(RECORD.offset);
    const size = this.#word(RECORD.size);
    if (offset >= SLAB.bytes) return this.#loop.blockOf(this.#index, offset - SLAB.bytes);
    return Buffer.from(this.#slab.bytes.subarray(offset, offset + size));
  }

  #word(word: number): number {
    return this.#slab.words[this.#at + word] as number;
  }

  #header(word: number): number {
    return this.#slab.words[word] as number;
  }
}
