const FIN_BINARY = 0x82;
/** Messages of at most this size are copied together; larger ones are written as they are. */
const MAX_COPIED_BYTES = 16 * 1024;

/** Collects messages for one write, as unmasked WebSocket frames (RFC 6455 section 5.2). */
export class FrameBatch {
  #messages: Uint8Array[] = [];
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#messages.length === 0;
  }

  /** Bytes of the batch, headers included. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Borrows `message` until take(). */
  add(message: Uint8Array): void {
    this.#messages.push(message);
    this.#bytes += headerBytes(message.length) + message.length;
  }

  /** Empty the batch, and return its bytes in as few chunks as useful, to be written in this order. */
  take(): readonly Uint8Array[] {
    const messages = this.#messages;
    this.#messages = [];
    this.#bytes = 0;
    const chunks: Uint8Array[] = [];
    for (let first = 0; first < messages.length; ) first = appendChunk(chunks, messages, first);
    return chunks;
  }
}

/** Append the run of small messages that begins at `first`, or one large message; returns where the next run begins. */
function appendChunk(chunks: Uint8Array[], messages: readonly Uint8Array[], first: number): number {
  let end = first;
  let bytes = 0;
  let message = messages[end];
  while (message !== undefined && message.length <= MAX_COPIED_BYTES) {
    bytes += headerBytes(message.length) + message.length;
    message = messages[++end];
  }
  // The header of a large message is the end of the chunk before it.
  const chunk = Buffer.allocUnsafe(bytes + (message === undefined ? 0 : headerBytes(message.length)));
  let offset = 0;
  for (let i = first; i < end; i++) {
    const small = messages[i] as Uint8Array;
    offset = writeHeader(chunk, offset, small.length);
    chunk.set(small, offset);
    offset += small.length;
  }
  chunks.push(chunk);
  if (message === undefined) return end;
  writeHeader(chunk, offset, message.length);
  chunks.push(message);
  return end + 1;
}

function headerBytes(length: number): number {
  if (length < 126) return 2;
  return length < 65_536 ? 4 : 10;
}

function writeHeader(out: Buffer, offset: number, length: number): number {
  out[offset] = FIN_BINARY;
  if (length < 126) return out.writeUInt8(length, offset + 1);
  if (length < 65_536) {
    out[offset + 1] = 126;
    return out.writeUInt16BE(length, offset + 2);
  }
  out[offset + 1] = 127;
  return out.writeBigUInt64BE(BigInt(length), offset + 2);
}
