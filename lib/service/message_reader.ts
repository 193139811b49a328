const FIN_BINARY = 0x82;
const FIN_CLOSE = 0x88;
const FIN_PING = 0x89;
const FIN_PONG = 0x8a;
const TAKEN: ReadonlySet<number> = new Set([FIN_BINARY, FIN_CLOSE, FIN_PING, FIN_PONG]);
const MASKED = 0x80;
const MASK_BYTES = 4;
const MAX_CONTROL_BYTES = 125;

export interface MessageReaderOptions {
  /** Larger messages are left to ws, which refuses them. */
  readonly maxMessageBytes: number;
  /** Receives one binary message, which it may keep. */
  readonly message: (data: Buffer) => void;
  /** Receives bytes for ws, which begin with a frame. */
  readonly rest: (bytes: Buffer) => void;
}

/** Takes the whole binary messages out of the bytes of a client (RFC 6455 section 5.2), and unmasks them a word at a time; ws
 *  makes eight buffers of each and unmasks byte by byte. Control frames go to ws one by one. From the first frame that is
 *  neither (a fragment, or a malformed frame) ws receives all bytes and decides alone. */
export class MessageReader {
  readonly #options: MessageReaderOptions;
  readonly #mask = new Uint8Array(MASK_BYTES);
  /** The beginning of a frame whose header is incomplete. */
  #begun: Buffer | undefined;
  /** A message that arrives in pieces, and the number of its bytes that have arrived. */
  #message: Buffer | undefined;
  #filled = 0;
  /** Remaining bytes of a frame that is for ws. */
  #restBytes = 0;
  #leftToWs = false;
  #over = false;

  constructor(options: MessageReaderOptions) {
    this.#options = options;
  }

  /** Deliver nothing from now on. */
  stop(): void {
    this.#over = true;
    this.#restBytes = 0;
  }

  push(bytes: Buffer): void {
    const chunk = this.#begun === undefined ? bytes : Buffer.concat([this.#begun, bytes]);
    this.#begun = undefined;
    for (let at = 0; at < chunk.length; ) at = this.#take(chunk, at);
  }

  /** Process some of the bytes from `at` on; returns where they end. */
  #take(chunk: Buffer, at: number): number {
    if (this.#restBytes > 0) {
      const end = Math.min(chunk.length, at + this.#restBytes);
      this.#restBytes -= end - at;
      this.#options.rest(chunk.subarray(at, end));
      return end;
    }
    if (this.#over) return chunk.length;
    if (this.#leftToWs) {
      this.#options.rest(chunk.subarray(at));
      return chunk.length;
    }
    return this.#message === undefined ? this.#begin(chunk, at) : this.#fill(this.#message, chunk, at);
  }

  /** Read the header of a frame, and its payload if that is complete. */
  #begin(chunk: Buffer, at: number): number {
    const first = chunk[at] as number;
    const second = chunk[at + 1] ?? MASKED;
    if (second < MASKED || !TAKEN.has(first)) return this.#leaveToWs(at);
    const shortLength = second & ~MASKED;
    const lengthBytes = shortLength < 126 ? 0 : shortLength === 126 ? 2 : 8;
    const start = at + 2 + lengthBytes + MASK_BYTES;
    if (start > chunk.length) {
      this.#begun = Buffer.from(chunk.subarray(at));
      return chunk.length;
    }
    const length = lengthBytes === 0 ? shortLength : readLength(chunk, at + 2, lengthBytes);
    if (length > (first === FIN_BINARY ? this.#options.maxMessageBytes : MAX_CONTROL_BYTES)) return this.#leaveToWs(at);
    if (first !== FIN_BINARY) {
      this.#restBytes = start + length - at;
      this.#over = first === FIN_CLOSE;
      return at;
    }
    for (let i = 0; i < MASK_BYTES; i++) this.#mask[i] = chunk[start - MASK_BYTES + i] as number;
    if (start + length <= chunk.length) {
      this.#deliver(chunk.subarray(start, start + length));
      return start + length;
    }
    this.#message = Buffer.allocUnsafeSlow(length);
    this.#filled = 0;
    return this.#fill(this.#message, chunk, start);
  }

  #leaveToWs(at: number): number {
    this.#leftToWs = true;
    return at;
  }

  #fill(message: Buffer, chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + message.length - this.#filled);
    this.#filled += chunk.copy(message, this.#filled, at, end);
    if (this.#filled === message.length) {
      this.#message = undefined;
      this.#deliver(message);
    }
    return end;
  }

  #deliver(message: Buffer): void {
    unmask(message, this.#mask);
    this.#options.message(message);
  }
}

function readLength(chunk: Buffer, at: number, lengthBytes: 2 | 8): number {
  return lengthBytes === 2 ? chunk.readUInt16BE(at) : chunk.readUInt32BE(at) * 2 ** 32 + chunk.readUInt32BE(at + 4);
}

const WORD_BYTES = 4;
const WORDS_AT_ONCE = 4;
const turnedMask = new Uint8Array(WORD_BYTES);
const turnedMaskWord = new Int32Array(turnedMask.buffer);

/** Unmask in place: bytes up to the first aligned word, then words, then the remaining bytes. */
function unmask(data: Uint8Array, mask: Uint8Array): void {
  const lead = Math.min(data.length, -data.byteOffset & (WORD_BYTES - 1));
  unmaskBytes(data, mask, 0, lead);
  if (lead === data.length) return;
  const words = new Int32Array(data.buffer, data.byteOffset + lead, (data.length - lead) >>> 2);
  for (let i = 0; i < WORD_BYTES; i++) turnedMask[i] = mask[(lead + i) & 3] as number;
  unmaskWords(words, turnedMaskWord[0] as number);
  unmaskBytes(data, mask, lead + words.byteLength, data.length);
}

function unmaskBytes(data: Uint8Array, mask: Uint8Array, start: number, end: number): void {
  for (let i = start; i < end; i++) (data[i] as number) ^= mask[i & 3] as number;
}

/** Measured: four words per iteration take two thirds of the time of one. */
function unmaskWords(words: Int32Array, mask: number): void {
  const even = words.length - (words.length % WORDS_AT_ONCE);
  for (let i = 0; i < even; i += WORDS_AT_ONCE) {
    (words[i] as number) ^= mask;
    (words[i + 1] as number) ^= mask;
    (words[i + 2] as number) ^= mask;
    (words[i + 3] as number) ^= mask;
  }
  for (let i = even; i < words.length; i++) (words[i] as number) ^= mask;
}
