import type { Duplex } from 'node:stream';
import type { ClientNetwork } from '../client/index.js';
import { type FarEnd, SteppedWorld } from '../device/index.js';
import type { NetworkPort, ServiceNetwork } from '../service/index.js';
import { ClientSocket, MemorySocket, type OtherEnd, systemError } from './memory_socket.js';

const KEY_BYTES = 16;

type Take = (socket: Duplex) => void;

/** A network in memory with one service on it, native devices, and clients of ours. Bytes move when deliver() is called. */
export class VirtualNetwork implements ServiceNetwork, ClientNetwork {
  readonly world: SteppedWorld;
  readonly #host: string;
  readonly #port: number;
  readonly #pairs = new Set<MemoryPair>();
  readonly #dials: { readonly pair: MemoryPair; readonly isHere: boolean }[] = [];
  #round: Iterator<MemoryPair, undefined> | undefined;
  #take: Take | undefined;

  /** The service is, or will be, at this host and port. */
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

  /** Bring one end of one link what is next, each link in turn. Returns false when nothing is on the way. */
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

/** The service's socket of a link that a native device opened. */
function socketOf(far: FarEnd): MemorySocket {
  const socket = new MemorySocket(far, true);
  far.events = socket;
  return socket;
}

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
