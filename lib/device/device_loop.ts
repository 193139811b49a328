import { RefCount } from '../base/index.js';
import { loadAddon, type NativeDevice, type NativeLoop } from '../native/index.js';
import { EventReader, Slab } from './event_reader.js';

/** 4 MiB for what is on its way up; memory is touched as far as it is used. */
const SLABS = 16;
/** What reading may take of a turn of the event loop, the program's handlers included. */
const TURN_MS = 0.5;
/** Looking at the clock costs as much as a twentieth of an event. */
const RECORDS_A_LOOK = 4;

/** Takes an event of one device, or several with nextAlike(). Must not keep the reader. */
export type EventSink = (event: EventReader) => void;

/** What devices share: a native loop, and the reading of what it brings up. */
export class DeviceLoop {
  static #current: DeviceLoop | undefined;

  /** The loop of this thread; the first call loads the addon and starts it. */
  static get current(): DeviceLoop {
    DeviceLoop.#current ??= new DeviceLoop();
    return DeviceLoop.#current;
  }

  readonly native: NativeLoop;
  readonly #slabs = Array.from({ length: SLABS }, () => new Slab());
  readonly #sinks = new Map<number, EventSink>();
  readonly #reader: EventReader;
  readonly #answer = (): void => {
    if (this.#next === undefined) this.#readTurn();
  };
  #next: NodeJS.Immediate | undefined;
  /** The number of the slab that was taken and not yet given back, or -1. */
  #reading = -1;
  readonly #holds = new RefCount((held) => this.native.hold(held));

  /** With a seed, a stepped loop. */
  constructor(seed?: bigint) {
    this.native = new (loadAddon().Loop)(
      seed ?? this.#answer,
      this.#slabs.map((slab) => slab.buffer),
    );
    this.#reader = new EventReader(this.native);
  }

  /** Deliver all there is, now: for a stepped loop, which does not call. */
  readAll(): void {
    while (this.#readSlab(Number.POSITIVE_INFINITY)) {}
  }

  openDevice(): NativeDevice {
    return new (loadAddon().Device)(this.native);
  }

  /** Send the device's events to `sink`, which is held until unlisten(). Nobody needs to refer to this loop meanwhile. */
  listen(device: number, sink: EventSink): void {
    if (this.#sinks.size === 0) this.native.listen(true);
    this.#sinks.set(device, sink);
  }

  unlisten(device: number): void {
    if (this.#sinks.delete(device) && this.#sinks.size === 0) this.native.listen(false);
  }

  /** Keep the process alive until what this returns is called. */
  hold(): () => void {
    return this.#holds.acquire();
  }

  /** Wait, and keep the process alive meanwhile. `begin` is given what ends the wait. */
  holdUntil(begin: (done: () => void) => void): Promise<void> {
    return new Promise<void>(begin).finally(this.hold());
  }

  /** So much a turn of the event loop, so that timers and sockets of the program are not kept waiting. */
  #readTurn(): void {
    this.#next = undefined;
    const untilMs = performance.now() + TURN_MS;
    do {
      if (!this.#readSlab(untilMs)) return;
    } while (performance.now() < untilMs);
    this.#next = setImmediate(() => this.#readTurn());
  }

  /** Deliver one slab, or the rest of one, or what time is for. False when there is none. */
  #readSlab(untilMs: number): boolean {
    const reader = this.#reader;
    if (this.#reading < 0) {
      const index = this.native.take();
      const slab = this.#slabs[index];
      if (slab === undefined) return false;
      reader.open(slab, index);
      this.#reading = index;
    }
    let look = reader.position + RECORDS_A_LOOK;
    while (reader.next()) {
      this.#deliver();
      if (reader.position < look) continue;
      if (performance.now() >= untilMs) return true;
      look = reader.position + RECORDS_A_LOOK;
    }
    const index = this.#reading;
    this.#reading = -1;
    this.native.recycle(index);
    return true;
  }

  /** What a sink throws is a defect and must be seen, but not at the cost of the events behind it. */
  #deliver(): void {
    try {
      this.#sinks.get(this.#reader.device)?.(this.#reader);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}
