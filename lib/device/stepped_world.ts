import { ErrorCode } from '../errors/index.js';
import { loadAddon, type NativeWorld } from '../native/index.js';
import { DeviceLoop } from './device_loop.js';

const READ_BYTES = 64 * 1024;

/** The events of the far end of a link that a device opened. */
export interface FarEndEvents {
  onBytes(bytes: Buffer): void;
  /** The device will write no more. */
  onEnd(): void;
  /** The link broke. */
  onBroken(): void;
  /** There may be room for more. */
  onRoom(): void;
  /** Whether bytes may be delivered now; otherwise they wait, and so does the device. */
  readonly isReading: boolean;
}

/** The far end of one link of a device. */
export interface FarEnd {
  /** The receiver of the events. Until it is set, events wait. */
  events: FarEndEvents | undefined;
  /** Returns the number of bytes that were accepted; negative after the device has hung up. */
  write(bytes: Uint8Array): number;
  /** Announce that nothing more will be written. */
  end(): void;
  /** Close the link, as close() of a socket. */
  hangUp(): void;
}

class Link implements FarEnd {
  events: FarEndEvents | undefined;
  readonly #native: NativeWorld;
  readonly #number: number;
  #hasEnded = false;
  #isHungUp = false;

  constructor(native: NativeWorld, number: number) {
    this.#native = native;
    this.#number = number;
  }

  get isHungUp(): boolean {
    return this.#isHungUp;
  }

  write(bytes: Uint8Array): number {
    return this.#native.write(this.#number, bytes);
  }

  end(): void {
    this.#native.end(this.#number);
  }

  hangUp(): void {
    this.#isHungUp = true;
    this.#native.hangUp(this.#number);
  }

  /** Delivers the next event. Returns false if there is none. */
  deliver(buffer: Buffer): boolean {
    const { events } = this;
    if (this.#hasEnded || this.#isHungUp || events?.isReading !== true) return false;
    const size = this.#native.read(this.#number, buffer);
    if (size === 0) return false;
    if (size > 0) {
      events.onBytes(Buffer.from(buffer.subarray(0, size)));
      return true;
    }
    this.#hasEnded = true;
    if (size === ErrorCode.HTTP_PEER_CLOSED) events.onEnd();
    else events.onBroken();
    return true;
  }
}

/** Devices with a clock that moves only on request and a network in memory: the same seed and the same calls give the same
 *  bytes. Nothing happens by itself, and there is no I/O thread.
 *
 *  Its devices dial one host and port. All methods are called from one thread. */
export class SteppedWorld {
  /** The loop for the devices of this world. */
  readonly loop: DeviceLoop;
  readonly #native: NativeWorld;
  readonly #links = new Set<Link>();
  readonly #buffer = Buffer.alloc(READ_BYTES);
  #round: Iterator<Link, undefined> | undefined;
  #accept: ((link: FarEnd) => void) | undefined;

  constructor(seed: bigint, host: string, port: number) {
    this.loop = new DeviceLoop(seed);
    this.#native = new (loadAddon().World)(this.loop.native);
    this.#native.listen(host, port);
    this.#native.refuse(true);
  }

  /** Accept links from now on; with undefined, refuse them. */
  listen(accept: ((link: FarEnd) => void) | undefined): void {
    this.#accept = accept;
    this.#native.refuse(accept === undefined);
  }

  /** Step each device that has something to do, in the order they were opened, and deliver its events. Returns false if
   *  there was none. */
  step(): boolean {
    if (!this.#native.step()) return false;
    this.loop.readAll();
    for (const link of this.#links) link.events?.onRoom();
    return true;
  }

  /** Deliver one event of one link, taking links in turn. Returns false if no link has an event. */
  deliver(): boolean {
    if (this.#takeLink()) return true;
    for (let round = 0; round < 2; round++) {
      this.#round ??= this.#links.values();
      for (let { value: link } = this.#round.next(); link !== undefined; { value: link } = this.#round.next()) {
        if (link.isHungUp) this.#links.delete(link);
        else if (link.deliver(this.#buffer)) return true;
      }
      this.#round = undefined;
    }
    return false;
  }

  #takeLink(): boolean {
    const arrived = this.#native.accept();
    if (arrived === 0) return false;
    const link = new Link(this.#native, arrived);
    this.#links.add(link);
    if (this.#accept === undefined) link.hangUp();
    else this.#accept(link);
    return true;
  }

  /** Returns the ms until a device or a link has something to do by itself; 0: now, -1: never. */
  nextDueMs(): number {
    return this.#native.nextDueMs();
  }

  advance(ms: number): void {
    this.#native.advance(ms);
  }

  randomBytes(size: number): Uint8Array {
    const bytes = new Uint8Array(size);
    this.#native.random(bytes);
    return bytes;
  }

  /** Returns the memory of the devices in bytes. */
  usedBytes(): number {
    return this.#native.usedBytes();
  }

  /** Close all devices without events and free everything. */
  close(): void {
    this.#native.close();
    this.#links.clear();
  }
}
