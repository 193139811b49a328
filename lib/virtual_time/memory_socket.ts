import { createHash } from 'node:crypto';
import { Duplex } from 'node:stream';

type Done = (error?: Error | null) => void;

/** The other end of a MemorySocket. */
export interface OtherEnd {
  /** Returns how many of the bytes were accepted; negative if the other end is closed. The bytes are borrowed. */
  write(bytes: Uint8Array): number;
  /** Nothing more is written. */
  end(): void;
  /** This end is closed. */
  hangUp(): void;
}

/** A stream that behaves like a TCP socket of `node:net`. Its owner delivers received bytes by onBytes(); sent bytes go to the
 *  write() of the other end. */
export class MemorySocket extends Duplex {
  bytesRead = 0;
  /** Whether onBytes() may be called. */
  isReading = false;
  readonly #other: OtherEnd;
  #takenBytes = 0;
  /** Writes that wait for room. More than one only when a write bypasses the stream, as a fault does. */
  readonly #waiting: { bytes: Buffer; readonly done: Done }[] = [];

  /** `allowHalfOpen` as in `node:net`. */
  constructor(other: OtherEnd, allowHalfOpen: boolean) {
    super({ allowHalfOpen });
    this.#other = other;
  }

  /** Waiting bytes count, as in `node:net`. */
  get bytesWritten(): number {
    return this.#takenBytes + this.writableLength;
  }

  onBytes(bytes: Buffer): void {
    this.bytesRead += bytes.length;
    this.isReading = this.push(bytes);
  }

  onEnd(): void {
    this.push(null);
    this.read(0); // a stream that is not read ends too, as in `node:net`
  }

  onBroken(): void {
    this.destroy(systemError('ECONNRESET', 'read'));
  }

  /** The other end may have room again. */
  onRoom(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const taken = this.#other.write(first.bytes);
      if (taken >= 0) this.#takenBytes += taken;
      if (taken >= 0 && taken < first.bytes.length) {
        first.bytes = first.bytes.subarray(taken);
        return;
      }
      this.#waiting.shift();
      first.done(taken < 0 ? systemError('EPIPE', 'write') : null);
    }
  }

  override _read(): void {
    this.isReading = true;
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.#waiting.push({ bytes, done });
    if (this.#waiting.length === 1) this.onRoom();
  }

  override _final(done: Done): void {
    this.#other.end();
    done();
  }

  override _destroy(error: Error | null, done: Done): void {
    this.isReading = false;
    this.#waiting.length = 0;
    this.#other.hangUp();
    done(error);
  }
}

/** Returns an error in the form of system errors. */
export function systemError(code: string, call: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${call} ${code}`), { code, syscall: call });
}

/** RFC 6455 section 1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const HEAD_END = '\r\n\r\n';
const MAX_HEAD_BYTES = 64 * 1024;

/** The socket of a WebSocket client. `ws` draws a random key for its handshake. This socket sends another key, made from the
 *  seed, and replaces the answer to it by the answer that `ws` expects. Both have the same length, so nothing else changes. */
export class ClientSocket extends MemorySocket {
  readonly #drawn: string;
  readonly #sent: string;
  #isHeadSent = false;
  /** The received part of the answer's head; undefined when the head is complete. */
  #head: Buffer | undefined = Buffer.alloc(0);

  constructor(other: OtherEnd, drawnKey: string, sentKey: string) {
    super(other, false);
    this.#drawn = drawnKey;
    this.#sent = sentKey;
  }

  override onBytes(bytes: Buffer): void {
    if (this.#head === undefined) {
      super.onBytes(bytes);
      return;
    }
    this.#head = Buffer.concat([this.#head, bytes]);
    if (this.#head.includes(HEAD_END) || this.#head.length > MAX_HEAD_BYTES) this.#giveHead();
  }

  override onEnd(): void {
    this.#giveHead();
    super.onEnd();
  }

  override _write(bytes: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    // Node writes the head of a request in one piece.
    const changed = this.#isHeadSent ? bytes : replaced(bytes, this.#drawn, this.#sent);
    this.#isHeadSent = true;
    super._write(changed, encoding, done);
  }

  #giveHead(): void {
    const head = this.#head;
    this.#head = undefined;
    if (head !== undefined && head.length > 0)
      super.onBytes(replaced(head, acceptOf(this.#sent), acceptOf(this.#drawn)));
  }
}

function acceptOf(key: string): string {
  return createHash('sha1')
    .update(key + GUID)
    .digest('base64');
}

function replaced(bytes: Buffer, from: string, to: string): Buffer {
  return Buffer.from(
    bytes.toString('latin1').replace(from, () => to),
    'latin1',
  );
}
