import type { Duplex } from 'node:stream';
import type { Clock } from '../../types/index.js';
import type { Impairment } from './fault.js';
import { type FlowConditions, ImpairedFlow, MAX_HELD_BYTES } from './impaired_flow.js';

type Done = (error?: Error | null) => void;

/** The methods that the implementer of a Duplex writes, and push(), which the implementer calls. */
interface DuplexInternals {
  _write: (chunk: Buffer, encoding: BufferEncoding, done: Done) => void;
  _writev?: ((chunks: { chunk: Buffer; encoding: BufferEncoding }[], done: Done) => void) | null | undefined;
  _final: (done: Done) => void;
  _read: (size: number) => void;
  push: (chunk: Buffer | null) => boolean;
}

/** Inserts a flow with conditions into each direction of an open socket, and removes them again.
 *
 *  The flows sit between the public methods of the Duplex and its implementation. The reader and writer of the socket see a
 *  slow or broken network, with its back-pressure and byte counts; the operating system sees a program that reads and writes
 *  slowly. Without a fault the socket is unchanged. */
export class ImpairedSocket {
  readonly #socket: Duplex;
  readonly #internals: DuplexInternals;
  readonly #original: DuplexInternals;
  readonly #toPeer: ImpairedFlow;
  readonly #toService: ImpairedFlow;
  #installed = false;
  #wanted = false;
  /** Completes the write that waits for room. */
  #onRoom: Done | undefined;
  #onFinal: Done | undefined;
  /** The size to read when the flow to the service has room again. */
  #wantedBytes: number | undefined;
  /** Bytes that were given to the system, and that it has not taken yet. */
  #leavingBytes = 0;

  constructor(socket: Duplex, clock: Clock, random: () => number) {
    this.#socket = socket;
    this.#internals = socket as unknown as DuplexInternals;
    const { _write, _writev, _final, _read, push } = this.#internals;
    this.#original = { _write, _writev, _final, _read, push };
    const broken = () => this.#socket.destroy();
    this.#toPeer = new ImpairedFlow({
      clock,
      random,
      broken,
      deliver: (chunk) => this.#write(chunk),
      end: () => this.#original._final.call(socket, (error) => this.#onFinal?.(error)),
      writable: () => this.#makeRoom(),
    });
    this.#toService = new ImpairedFlow({
      clock,
      random,
      broken,
      deliver: (chunk) => void this.#original.push.call(socket, chunk),
      end: () => {
        this.#original.push.call(socket, null);
        socket.read(0);
      },
      writable: () => this.#readOn(),
    });
    socket.once('close', () => {
      this.#toPeer.stop();
      this.#toService.stop();
    });
  }

  /** Apply these faults, and no others, from now on. */
  set(faults: readonly Impairment[]): void {
    if (this.#socket.destroyed) return;
    this.#wanted = faults.length > 0;
    if (this.#wanted) this.#install();
    this.#toPeer.set(conditionsOf(faults, 'peer'));
    this.#toService.set(conditionsOf(faults, 'service'));
    this.#uninstallWhenIdle();
  }

  #install(): void {
    if (this.#installed) return;
    this.#installed = true;
    Object.assign(this.#internals, {
      _write: (chunk: Buffer, _encoding: BufferEncoding, done: Done) => {
        this.#onRoom = done;
        this.#toPeer.add(chunk);
        this.#makeRoom();
      },
      _writev: undefined,
      _final: (done: Done) => {
        this.#onFinal = done;
        this.#toPeer.finish();
      },
      // The stream asks for more with every piece that the flow delivers. It gets more when the flow has room.
      _read: (size: number) => {
        this.#wantedBytes = size;
        if (!this.#toService.isFull) this.#readOn();
      },
      push: (chunk: Buffer | null) => {
        if (chunk !== null) return this.#toService.add(chunk);
        this.#toService.finish();
        return false;
      },
    } satisfies DuplexInternals);
  }

  #readOn(): void {
    const size = this.#wantedBytes;
    this.#wantedBytes = undefined;
    if (size !== undefined) this.#original._read.call(this.#socket, size);
  }

  /** Complete the write that waits for room: in the next tick, so that writes do not nest. */
  #makeRoom(): void {
    if (this.#toPeer.isFull || this.#leavingBytes > MAX_HELD_BYTES) return;
    const done = this.#onRoom;
    this.#onRoom = undefined;
    if (done !== undefined) {
      process.nextTick(() => {
        done();
        this.#uninstallWhenIdle();
      });
    }
  }

  #write(chunk: Buffer): void {
    this.#leavingBytes += chunk.length;
    this.#original._write.call(this.#socket, chunk, 'buffer' as BufferEncoding, (error) => {
      this.#leavingBytes -= chunk.length;
      if (error) this.#socket.destroy(error);
      else this.#makeRoom();
      this.#uninstallWhenIdle();
    });
  }

  #uninstallWhenIdle(): void {
    const busy = this.#wanted || this.#onRoom !== undefined || !this.#toPeer.isEmpty || !this.#toService.isEmpty;
    if (!this.#installed || busy) return;
    this.#installed = false;
    for (const name of ['_write', '_writev', '_final', '_read', 'push']) Reflect.deleteProperty(this.#internals, name);
  }
}

type Amount = 'delayMs' | 'jitterMs' | 'bytesPerSecond' | 'everyBytes' | 'afterBytes';

/** Returns what all faults together do to the bytes in one direction. */
function conditionsOf(faults: readonly Impairment[], direction: 'peer' | 'service'): FlowConditions {
  const mine = faults.filter(({ towards = 'both' }) => towards === 'both' || towards === direction);
  const valuesOf = (field: Amount) => mine.flatMap((fault) => (fault as { [Name in Amount]?: number })[field] ?? []);
  const sumOf = (field: Amount) => valuesOf(field).reduce((sum, value) => sum + value, 0);
  const smallestOf = (field: Amount) => Math.min(...valuesOf(field)); // Infinity if there is none
  return {
    stalled: mine.some(({ kind }) => kind === 'stall'),
    delayMs: sumOf('delayMs'),
    jitterMs: sumOf('jitterMs'),
    bytesPerSecond: smallestOf('bytesPerSecond'),
    corruptEveryBytes: smallestOf('everyBytes'),
    breakAfterBytes: smallestOf('afterBytes'),
  };
}
