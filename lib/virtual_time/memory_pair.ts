import { ClientSocket } from './client_socket.js';
import { MemorySocket, type OtherEnd } from './memory_socket.js';

/** What is on the way in one direction at most, as in the sockets of a system. */
const CAPACITY_BYTES = 64 * 1024;

/** One direction: bytes on their way to `reader`. */
class Way implements OtherEnd {
  reader: MemorySocket | undefined;
  writer: MemorySocket | undefined;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #hasEnded = false;
  #isEndTold = false;

  write(bytes: Uint8Array): number {
    if (this.reader?.destroyed !== false) return -1;
    const some = bytes.subarray(0, CAPACITY_BYTES - this.#bytes);
    if (some.length === 0) return 0;
    this.#chunks.push(Buffer.from(some));
    this.#bytes += some.length;
    return some.length;
  }

  end(): void {
    this.#hasEnded = true;
  }

  hangUp(): void {
    this.end();
  }

  get isOver(): boolean {
    return this.#isEndTold;
  }

  /** Bring the reader what is next. Returns whether there was anything. */
  deliver(): boolean {
    const { reader } = this;
    if (this.#isEndTold) return false;
    if (reader?.destroyed === true) {
      this.#isEndTold = true;
      this.writer?.onRoom(); // a write that waits fails
      return true;
    }
    if (reader?.isReading !== true) return false;
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#bytes -= chunk.length;
      reader.onBytes(chunk);
      this.writer?.onRoom();
      return true;
    }
    if (!this.#hasEnded) return false;
    this.#isEndTold = true;
    reader.onEnd();
    return true;
  }
}

/** A client's socket and the service's, and what is on the way between them. */
export class MemoryPair {
  readonly client: MemorySocket;
  readonly service: MemorySocket;
  readonly #ways: readonly [Way, Way];

  /** The keys as ClientSocket takes them. */
  constructor(drawnKey: string, sentKey: string) {
    const toService = new Way();
    const toClient = new Way();
    this.client = new ClientSocket(toService, drawnKey, sentKey);
    this.service = new MemorySocket(toClient, true);
    Object.assign(toService, { writer: this.client, reader: this.service });
    Object.assign(toClient, { writer: this.service, reader: this.client });
    this.#ways = [toService, toClient];
  }

  get isOver(): boolean {
    return this.#ways.every((way) => way.isOver);
  }

  /** Bring one end what is next. Returns whether there was anything. */
  deliver(): boolean {
    return this.#ways.some((way) => way.deliver());
  }
}
