import { createHash } from 'node:crypto';
import { MemorySocket, type OtherEnd } from './memory_socket.js';

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
