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
