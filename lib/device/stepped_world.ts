import { ErrorCode } from '../errors/index.js';
import { loadAddon, type NativeWorld } from '../native/index.js';
import { DeviceLoop } from './device_loop.js';

const READ_BYTES = 64 * 1024;

/** What a link that a device opened brings to its far end. */
export interface FarEndEvents {
  onBytes(bytes: Buffer): void;
  /** The device wrote its last. */
  onEnd(): void;
  /** The link broke. */
  onBroken(): void;
  /** There may be room for more. */
  onRoom(): void;
  /** Whether bytes may come now; else they wait, and so does the device. */
  readonly isReading: boolean;
}

/** The far end of one link of a device. */
export interface FarEnd {
  /** Who is told. Nothing is lost before. */
  events: FarEndEvents | undefined;
  /** How many of the bytes found room; negative when nobody is there any more. */
  write(bytes: Uint8Array): number;
  /** Nothing more will be written. */
  end(): void;
  /** As close() of a socket. */
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

  /** Tell what came. Returns whether there was anything. */
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

/** Devices in a time that stands until it is moved, and on a network that is memory: the same seed and the same calls give
 *  the same bytes. Nothing happens by itself, and no thread is used.
 *
 *  Its devices dial one host and port. Everything is called from one thread. */
export class SteppedWorld {
  /** For the devices of this world. */
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

  /** Take links from now on; undefined: refuse them. */
  listen(accept: ((link: FarEnd) => void) | undefined): void {
    this.#accept = accept;
    this.#native.refuse(accept === undefined);
  }

  /** Step every device that has something to do, in the order they were opened, and deliver what it brought up. Returns
   *  false when none had. */
  step(): boolean {
    if (!this.#native.step()) return false;
    this.loop.readAll();
    for (const link of this.#links) link.events?.onRoom();
    return true;
  }

  /** Deliver what one link brings, all of them in turn. Returns false when none brings anything. */
  deliver(): boolean {
    if (this.#takeLink()) return true;
    for (let looked = 0; looked < 2; looked++) {
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

  /** Milliseconds until something happens by itself; 0: now, -1: never. */
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

  /** Memory the devices hold, in bytes. */
  usedBytes(): number {
    return this.#native.usedBytes();
  }

  /** Close all devices, silently, and free everything. */
  close(): void {
    this.#native.close();
    this.#links.clear();
  }
}
