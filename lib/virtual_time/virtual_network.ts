import type { Duplex } from 'node:stream';
import type { ClientNetwork } from '../client/index.js';
import { type FarEnd, SteppedWorld } from '../device/index.js';
import type { NetworkPort, ServiceNetwork } from '../service/index.js';
import { ClientSocket, MemorySocket, type OtherEnd, systemError } from './memory_socket.js';

const KEY_BYTES = 16;

type Take = (socket: Duplex) => void;

/** A network in memory with one service, native devices and TypeScript clients. Bytes move when deliver() is called. */
export class VirtualNetwork implements ServiceNetwork, ClientNetwork {
  readonly world: SteppedWorld;
  readonly #host: string;
  readonly #port: number;
  readonly #pairs = new Set<MemoryPair>();
  readonly #dials: { readonly pair: MemoryPair; readonly isHere: boolean }[] = [];
  #round: Iterator<MemoryPair, undefined> | undefined;
  #take: Take | undefined;

  /** `host` and `port` are those of the service, now or later. */
  constructor(seed: bigint, host: string, port: number) {
    this.#host = host;
    this.#port = port;
    this.world = new SteppedWorld(seed, host, port);
  }

  listen(host: string, port: number, take: Take): Promise<NetworkPort> {
    if (host !== this.#host || port !== this.#port) return Promise.reject(systemError('EADDRNOTAVAIL', 'listen'));
    if (this.#take !== undefined) return Promise.reject(systemError('EADDRINUSE', 'listen'));
    this.#take = take;
    this.world.listen((far) => take(socketOf(far)));
    const close = () => {
      if (this.#take !== take) return;
      this.#take = undefined;
      this.world.listen(undefined);
    };
    return Promise.resolve({ port, close });
  }

  connect(host: string, port: number, key: string): Duplex {
    const pair = new MemoryPair(key, Buffer.from(this.randomBytes(KEY_BYTES)).toString('base64'));
    this.#dials.push({ pair, isHere: host === this.#host && port === this.#port });
    return pair.client;
  }

  randomBytes(size: number): Uint8Array {
    return this.world.randomBytes(size);
  }

  /** Deliver the next bytes of one link; links take turns. Returns false if there are none. */
  deliver(): boolean {
    return this.#takeDial() || this.#deliverPairs() || this.world.deliver();
  }

  #takeDial(): boolean {
    const dial = this.#dials.shift();
    if (dial === undefined) return false;
    const { pair, isHere } = dial;
    if (this.#take === undefined || !isHere) {
      pair.client.destroy(systemError('ECONNREFUSED', 'connect'));
    } else {
      this.#pairs.add(pair);
      this.#take(pair.service);
    }
    return true;
  }

  #deliverPairs(): boolean {
    for (let looked = 0; looked < 2; looked++) {
      this.#round ??= this.#pairs.values();
      for (let { value: pair } = this.#round.next(); pair !== undefined; { value: pair } = this.#round.next()) {
        if (pair.deliver()) return true;
        if (pair.isOver) this.#pairs.delete(pair);
      }
      this.#round = undefined;
    }
    return false;
  }
}

/** Returns the service's socket for a pipe that a native device opened. */
function socketOf(far: FarEnd): MemorySocket {
  const socket = new MemorySocket(far, true);
  far.events = socket;
  return socket;
}

/** The most bytes in flight in one direction, as in system sockets. */
const CAPACITY_BYTES = 64 * 1024;

/** One direction: bytes on their way to `reader`. */
class Direction implements OtherEnd {
  reader: MemorySocket | undefined;
  writer: MemorySocket | undefined;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #hasEnded = false;
  isOver = false;

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

  /** Deliver the next bytes or the end to the reader. Returns whether there was any. */
  deliver(): boolean {
    const { reader } = this;
    if (this.isOver) return false;
    if (reader?.destroyed === true) {
      this.isOver = true;
      this.writer?.onRoom(); // fails a waiting write
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
    this.isOver = true;
    reader.onEnd();
    return true;
  }
}

/** The sockets of a client and the service, and the bytes in flight between them. */
export class MemoryPair {
  readonly client: MemorySocket;
  readonly service: MemorySocket;
  readonly #directions: readonly [Direction, Direction];

  /** The keys are those of ClientSocket. */
  constructor(drawnKey: string, sentKey: string) {
    const toService = new Direction();
    const toClient = new Direction();
    this.client = new ClientSocket(toService, drawnKey, sentKey);
    this.service = new MemorySocket(toClient, true);
    Object.assign(toService, { writer: this.client, reader: this.service });
    Object.assign(toClient, { writer: this.service, reader: this.client });
    this.#directions = [toService, toClient];
  }

  get isOver(): boolean {
    return this.#directions.every((direction) => direction.isOver);
  }

  /** Deliver the next bytes to one end. Returns whether there were any. */
  deliver(): boolean {
    return this.#directions.some((direction) => direction.deliver());
  }
}
