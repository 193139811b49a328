import { Buffer } from 'node:buffer';
import { type NativeLoop, RECORD, REQUEST, SLAB } from '../native/index.js';
import type { Frame } from '../types/index.js';

/** A payload up to this size is copied: cheaper than giving a slab away for it. */
const SMALL_PAYLOAD_BYTES = 2048;
const TWO_TO_32 = 2 ** 32;

/** The memory of one slab as words and as bytes. */
export class Slab {
  readonly buffer = new ArrayBuffer(SLAB.bytes);
  readonly words = new Uint32Array(this.buffer);
}

/** Looks at one event record after the other; builds an object only when asked for one. Its answers are about the current
 *  record; payloads and frames stay valid for good. */
export class EventReader {
  readonly #loop: NativeLoop;
  #slab = new Slab();
  #index = 0;
  #at = 0;
  #copyAll = true;
  #viewed = false;

  constructor(loop: NativeLoop) {
    this.#loop = loop;
  }

  /** Begin with a slab that was taken; the number of its records. */
  open(slab: Slab, index: number): number {
    this.#slab = slab;
    this.#index = index;
    this.#viewed = false;
    this.#copyAll = this.#header(SLAB.payloadBytes) < SLAB.bytes / 2;
    return this.#header(SLAB.records);
  }

  moveTo(record: number): void {
    this.#at = SLAB.headerWords + record * SLAB.recordWords;
  }

  /** Something that was given out looks into the slab: it must not be used again. */
  get viewed(): boolean {
    return this.#viewed;
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
  get retryInMs(): number {
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

  /** Small payloads, and those of a slab that is mostly empty, are copied, so that what a program keeps costs about its own
   *  size; the others are views, and the slab is theirs from now on. */
  data(): Uint8Array {
    const offset = this.#word(RECORD.offset);
    const size = this.#word(RECORD.size);
    if (offset >= SLAB.bytes) return this.#loop.blockOf(this.#index, offset - SLAB.bytes);
    const view = Buffer.from(this.#slab.buffer, offset, size);
    if (this.#copyAll || size <= SMALL_PAYLOAD_BYTES) return Buffer.from(view);
    this.#viewed = true;
    return view;
  }

  #word(word: number): number {
    return this.#slab.words[this.#at + word] as number;
  }

  #header(word: number): number {
    return this.#slab.words[word] as number;
  }
}
