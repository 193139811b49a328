import type { Duplex } from 'node:stream';
import type { ClientNetwork } from '../client/index.js';
import { type FarEnd, SteppedWorld } from '../device/index.js';
import type { NetworkPort, ServiceNetwork } from '../service/index.js';
import { MemoryPair } from './memory_pair.js';
import { MemorySocket, systemError } from './memory_socket.js';

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
