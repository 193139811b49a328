const FIN = 0x80;
const CONTINUATION = 0x00;
const TEXT = 0x01;
const BINARY = 0x02;
const FIN_CLOSE = 0x88;
const FIN_PING = 0x89;
const FIN_PONG = 0x8a;
const CONTROL: ReadonlySet<number> = new Set([FIN_CLOSE, FIN_PING, FIN_PONG]);
const DATA: ReadonlySet<number> = new Set([CONTINUATION, TEXT, BINARY, FIN | CONTINUATION, FIN | TEXT, FIN | BINARY]);
const MASKED = 0x80;
const MASK_BYTES = 4;
const MAX_CONTROL_BYTES = 125;

/** A message that a link may not send: one above the limit, one that begins inside another, or a text message. */
export type MessageFault = 'too large' | 'interleaved' | 'text';

export interface MessageReaderOptions {
  /** Larger messages are faults, whole or in fragments. limit() sets another value. */
  readonly maxMessageBytes: number;
  /** Receives one binary message, which it may keep. */
  readonly message: (data: Buffer) => void;
  /** Called when the header of a frame shows a fault. The frame itself is skipped; call stop() or discard() to skip all. */
  readonly fault: (fault: MessageFault) => void;
  /** Receives bytes for ws, which begin with a frame. */
  readonly rest: (bytes: Buffer) => void;
}

/** Takes the binary messages out of the bytes of a client (RFC 6455 sections 5.2 and 5.4), and unmasks them a word at a time;
 *  ws makes eight buffers of each and unmasks byte by byte. Control frames go to ws one by one. From the first malformed frame
 *  on, ws receives all bytes, and closes the link. Memory is allocated for a message only after the header of its frame was
 *  found to be within the limit. */
export class MessageReader {
  readonly #options: MessageReaderOptions;
  readonly #mask = new Uint8Array(MASK_BYTES);
  #maxMessageBytes: number;
  /** The beginning of a frame whose header is incomplete. */
  #begun: Buffer | undefined;
  /** A message that arrives in pieces: its memory, and the number of its bytes that have arrived. */
  #message: Buffer | undefined;
  #filled = 0;
  /** The frame of the message that is arriving. */
  #frameStart = 0;
  #frameEnd = 0;
  #isLastFrame = true;
  /** Remaining bytes of a frame that is for ws, or that is skipped. */
  #restBytes = 0;
  #skippedBytes = 0;
  #discards = false;
  #leftToWs = false;
  #over = false;

  constructor(options: MessageReaderOptions) {
    this.#options = options;
    this.#maxMessageBytes = options.maxMessageBytes;
  }

  /** Number of bytes that are allocated for a message that has not arrived completely. */
  get heldBytes(): number {
    return (this.#message?.length ?? 0) + (this.#begun?.length ?? 0);
  }

  /** Accept messages up to this size from now on. */
  limit(maxMessageBytes: number): void {
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** Skip all messages from now on, and free the one that is arriving. Control frames still go to ws. */
  discard(): void {
    if (this.#message !== undefined) this.#skippedBytes = this.#frameEnd - this.#filled;
    this.#message = undefined;
    this.#discards = true;
  }

  /** Skip everything from now on. */
  stop(): void {
    this.#over = true;
    this.#restBytes = 0;
    this.#message = undefined;
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
    if (this.#skippedBytes > 0) {
      const end = Math.min(chunk.length, at + this.#skippedBytes);
      this.#skippedBytes -= end - at;
      return end;
    }
    if (this.#leftToWs) {
      this.#options.rest(chunk.subarray(at));
      return chunk.length;
    }
    const isInsideFrame = this.#message !== undefined && this.#filled < this.#frameEnd;
    return isInsideFrame ? this.#fill(chunk, at) : this.#begin(chunk, at);
  }

  /** Read the header of a frame, and its payload if that is complete. */
  #begin(chunk: Buffer, at: number): number {
    const first = chunk[at] as number;
    const second = chunk[at + 1] ?? MASKED;
    const isControl = CONTROL.has(first);
    if (second < MASKED || !(isControl || DATA.has(first))) return this.#leaveToWs(at);
    const shortLength = second & ~MASKED;
    // Control frames have no longer length field (RFC 6455 section 5.5), even for a length that needs none.
    if (isControl && shortLength > MAX_CONTROL_BYTES) return this.#leaveToWs(at);
    const lengthBytes = shortLength < 126 ? 0 : shortLength === 126 ? 2 : 8;
    const start = at + 2 + lengthBytes + MASK_BYTES;
    if (start > chunk.length) {
      this.#begun = Buffer.from(chunk.subarray(at));
      return chunk.length;
    }
    const length = lengthBytes === 0 ? shortLength : readLength(chunk, at + 2, lengthBytes);
    if (isControl) {
      this.#restBytes = start + length - at;
      this.#over = first === FIN_CLOSE;
      return at;
    }
    // A continuation of nothing is malformed for ws, too, which sees no messages.
    if ((first & ~FIN) === CONTINUATION && this.#message === undefined && !this.#discards) return this.#leaveToWs(at);
    if (this.#isSkipped(first & ~FIN, length)) {
      this.#skippedBytes = length;
      return start;
    }
    for (let i = 0; i < MASK_BYTES; i++) this.#mask[i] = chunk[start - MASK_BYTES + i] as number;
    if (first === (FIN | BINARY) && start + length <= chunk.length) {
      const message = chunk.subarray(start, start + length);
      unmask(message, this.#mask);
      this.#options.message(message);
      return start + length;
    }
    this.#isLastFrame = first >= FIN;
    this.#makeRoom(length);
    return this.#fill(chunk, start);
  }

  /** Returns whether the payload of a data frame must be skipped, and reports a fault. */
  #isSkipped(opcode: number, length: number): boolean {
    if (this.#discards) return true;
    const isInside = this.#message !== undefined;
    const bytes = (isInside ? this.#filled : 0) + length;
    if (opcode === TEXT) this.#options.fault('text');
    else if (isInside && opcode !== CONTINUATION) this.#options.fault('interleaved');
    else if (bytes > this.#maxMessageBytes) this.#options.fault('too large');
    else return false;
    return true;
  }

  #leaveToWs(at: number): number {
    this.#leftToWs = true;
    return at;
  }

  /** Allocate memory for a frame. A message in fragments gets twice as much each time it grows, so that many small fragments
   *  do not cost a copy each. */
  #makeRoom(frameBytes: number): void {
    const older = this.#message;
    this.#frameStart = older === undefined ? 0 : this.#filled;
    this.#frameEnd = this.#frameStart + frameBytes;
    this.#filled = this.#frameStart;
    if (older !== undefined && older.length >= this.#frameEnd) return;
    const spareBytes = older === undefined ? 0 : Math.min(2 * older.length, this.#maxMessageBytes);
    this.#message = Buffer.allocUnsafeSlow(Math.max(this.#frameEnd, spareBytes));
    older?.copy(this.#message, 0, 0, this.#filled);
  }

  #fill(chunk: Buffer, at: number): number {
    const message = this.#message as Buffer;
    const end = Math.min(chunk.length, at + this.#frameEnd - this.#filled);
    this.#filled += chunk.copy(message, this.#filled, at, end);
    if (this.#filled < this.#frameEnd) return end;
    unmask(message.subarray(this.#frameStart, this.#frameEnd), this.#mask);
    if (this.#isLastFrame) {
      this.#message = undefined;
      this.#options.message(message.subarray(0, this.#filled));
    }
    return end;
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
