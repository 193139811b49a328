import { createHash } from 'node:crypto';
import { Duplex } from 'node:stream';

type Done = (error?: Error | null) => void;

/** What is at the other end of a MemorySocket. */
export interface OtherEnd {
  /** How many of the bytes found room; negative when nobody is there any more. They are borrowed. */
  write(bytes: Uint8Array): number;
  /** Nothing more will be written. */
  end(): void;
  /** Nobody reads or writes here any more. */
  hangUp(): void;
}

/** A stream that behaves as a TCP socket of `node:net` does, whose bytes somebody else carries: they come by onBytes() and
 *  leave by the write() of the other end. */
export class MemorySocket extends Duplex {
  bytesRead = 0;
  /** True when bytes may come. */
  isReading = false;
  readonly #other: OtherEnd;
  #takenBytes = 0;
  /** Writes that find no room. More than one only when somebody writes past the stream, as a fault does. */
  readonly #waiting: { bytes: Buffer; readonly done: Done }[] = [];

  /** `allowHalfOpen` as in `node:net`. */
  constructor(other: OtherEnd, allowHalfOpen: boolean) {
    super({ allowHalfOpen });
    this.#other = other;
  }

  /** Those that wait count, as in `node:net`. */
  get bytesWritten(): number {
    return this.#takenBytes + this.writableLength;
  }

  onBytes(bytes: Buffer): void {
    this.bytesRead += bytes.length;
    this.isReading = this.push(bytes);
  }

  onEnd(): void {
    this.push(null);
    this.read(0); // a stream that nobody reads ends nevertheless, as with `node:net`
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

/** An error as the system makes it. */
export function systemError(code: string, call: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${call} ${code}`), { code, syscall: call });
}

/** RFC 6455 section 1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const HEAD_END = '\r\n\r\n';
const MAX_HEAD_BYTES = 64 * 1024;

/** The socket of a WebSocket client. `ws` draws the key of its handshake by itself; on this wire another one travels, which may
 *  come from a seed, and the answer to it comes back as the answer to the first. Both are as long, so nothing else changes. */
export class ClientSocket extends MemorySocket {
  readonly #drawn: string;
  readonly #sent: string;
  #isHeadSent = false;
  /** What came of the answer's head; undefined when it is complete. */
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
