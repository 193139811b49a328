import type { Duplex } from 'node:stream';
import type { Clock } from '../../types/index.js';
import type { Impairment } from './fault.js';
import { CLEAR, type FlowConditions, ImpairedFlow, MAX_HELD_BYTES } from './impaired_flow.js';

type Done = (error?: Error | null) => void;

/** The methods of a Duplex that its implementer writes, and those it calls. */
interface Inside {
  _write: (chunk: Buffer, encoding: BufferEncoding, done: Done) => void;
  _writev?: ((chunks: { chunk: Buffer; encoding: BufferEncoding }[], done: Done) => void) | null | undefined;
  _final: (done: Done) => void;
  _read: (size: number) => void;
  push: (chunk: Buffer | null) => boolean;
}

/** Puts a pipe with conditions into each direction of a socket that is in use, and takes them out again.
 *
 *  It sits between the two faces of the Duplex: above, whoever reads and writes sees a slow or broken network, with its
 *  back-pressure and its counts of bytes; below, the system sees a program that is slow to read and write. While nothing is
 *  wrong the socket is untouched. */
export class ImpairedSocket {
  readonly #socket: Duplex;
  readonly #inside: Inside;
  readonly #original: Inside;
  readonly #toPeer: ImpairedFlow;
  readonly #toService: ImpairedFlow;
  #installed = false;
  #wanted = false;
  /** Of a write that waits for room. */
  #onRoom: Done | undefined;
  #onFinal: Done | undefined;
  /** Asked of the system when the pipe to the service has room again. */
  #wantedBytes: number | undefined;
  /** Given to the system, and not yet taken. */
  #leavingBytes = 0;

  constructor(socket: Duplex, clock: Clock, random: () => number) {
    this.#socket = socket;
    this.#inside = socket as unknown as Inside;
    const { _write, _writev, _final, _read, push } = this.#inside;
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

  /** These faults, and no others, hold from now on. */
  set(faults: readonly Impairment[]): void {
    if (this.#socket.destroyed) return;
    this.#wanted = faults.length > 0;
    if (this.#wanted) this.#install();
    for (const [pipe, way] of [
      [this.#toPeer, 'peer'],
      [this.#toService, 'service'],
    ] as const) {
      const mine = faults.filter(({ towards = 'both' }) => towards === 'both' || towards === way);
      const limits = mine.flatMap((fault) => (fault.kind === 'truncate' ? [fault.afterBytes] : []));
      if (limits.length === 0) pipe.unbreak();
      else pipe.breakAfter(Math.min(...limits));
      pipe.set(conditionsOf(mine));
    }
    this.#uninstallWhenIdle();
  }

  #install(): void {
    if (this.#installed) return;
    this.#installed = true;
    Object.assign(this.#inside, {
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
      // The stream asks for more with every piece that comes out of the pipe: it gets more when there is room in it.
      _read: (size: number) => {
        this.#wantedBytes = size;
        if (!this.#toService.isFull) this.#readOn();
      },
      push: (chunk: Buffer | null) => {
        if (chunk !== null) return this.#toService.add(chunk);
        this.#toService.finish();
        return false;
      },
    } satisfies Inside);
  }

  #readOn(): void {
    const size = this.#wantedBytes;
    this.#wantedBytes = undefined;
    if (size !== undefined) this.#original._read.call(this.#socket, size);
  }

  /** The write that waited is done, as far as its writer is concerned. Later, so that writes do not nest. */
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
    for (const name of ['_write', '_writev', '_final', '_read', 'push']) Reflect.deleteProperty(this.#inside, name);
  }
}

function conditionsOf(faults: readonly Impairment[]): FlowConditions {
  let conditions = CLEAR;
  for (const fault of faults) {
    const { delayMs, jitterMs, bytesPerSecond, corruptEveryBytes } = conditions;
    switch (fault.kind) {
      case 'stall':
        conditions = { ...conditions, stalled: true };
        break;
      case 'delay':
        conditions = { ...conditions, delayMs: delayMs + fault.delayMs };
        break;
      case 'jitter':
        conditions = { ...conditions, jitterMs: jitterMs + fault.jitterMs };
        break;
      case 'throttle':
        conditions = { ...conditions, bytesPerSecond: Math.min(bytesPerSecond, fault.bytesPerSecond) };
        break;
      case 'corrupt':
        conditions = { ...conditions, corruptEveryBytes: Math.min(corruptEveryBytes, fault.everyBytes) };
        break;
      case 'truncate':
        break;
    }
  }
  return conditions;
}
