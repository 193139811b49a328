import { RefCount } from '../base/index.js';
import { loadAddon, type NativeDevice, type NativeLoop } from '../native/index.js';
import { EventReader, Slab } from './event_reader.js';

/** 4 MiB for events that were not yet delivered; unused memory is not touched. */
const SLABS = 16;
/** The time that reading may take in one turn of the event loop, the program's handlers included. */
const TURN_MS = 0.5;
/** Reading the clock costs a twentieth of the time of an event. */
const RECORDS_PER_CLOCK_READ = 4;

/** Handles one event of a device, or several with nextAlike(). Must not keep the reader. */
export type EventSink = (event: EventReader) => void;

/** A native loop that devices share, and the reader of its events. */
export class DeviceLoop {
  static #current: DeviceLoop | undefined;

  /** The loop of this thread; the first call loads the addon and starts the loop. */
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
  /** The number of the slab that is being read, or -1. */
  #reading = -1;
  readonly #holds = new RefCount((held) => this.native.ref(held));

  /** Makes a stepped loop if a seed is given. */
  constructor(seed?: bigint) {
    this.native = new (loadAddon().Loop)(
      seed ?? this.#answer,
      this.#slabs.map((slab) => slab.buffer),
    );
    this.#reader = new EventReader(this.native);
  }

  /** Deliver all events now: for a stepped loop, which does not call `answer`. */
  readAll(): void {
    while (this.#readSlab(Number.POSITIVE_INFINITY)) {}
  }

  openDevice(): NativeDevice {
    return new (loadAddon().Device)(this.native);
  }

  /** Deliver the events of a device to `sink` until unlisten(). This also keeps the loop from being collected. */
  listen(device: number, sink: EventSink): void {
    if (this.#sinks.size === 0) this.native.listen(true);
    this.#sinks.set(device, sink);
  }

  unlisten(device: number): void {
    if (this.#sinks.delete(device) && this.#sinks.size === 0) this.native.listen(false);
  }

  /** Keep the process alive until the returned function is called. */
  hold(): () => void {
    return this.#holds.acquire();
  }

  /** Wait until the function given to `begin` is called, and keep the process alive until then. */
  holdUntil(begin: (done: () => void) => void): Promise<void> {
    return new Promise<void>(begin).finally(this.hold());
  }

  /** Reads for TURN_MS in a turn of the event loop, so that timers and sockets of the program do not have to wait. */
  #readTurn(): void {
    this.#next = undefined;
    const untilMs = performance.now() + TURN_MS;
    do {
      if (!this.#readSlab(untilMs)) return;
    } while (performance.now() < untilMs);
    this.#next = setImmediate(() => this.#readTurn());
  }

  /** Delivers one slab, or as much of it as time allows. Returns false if there is none. */
  #readSlab(untilMs: number): boolean {
    const reader = this.#reader;
    if (this.#reading < 0) {
      const index = this.native.take();
      const slab = this.#slabs[index];
      if (slab === undefined) return false;
      reader.open(slab, index);
      this.#reading = index;
    }
    let checkAt = reader.position + RECORDS_PER_CLOCK_READ;
    while (reader.next()) {
      this.#deliver();
      if (reader.position < checkAt) continue;
      if (performance.now() >= untilMs) return true;
      checkAt = reader.position + RECORDS_PER_CLOCK_READ;
    }
    const index = this.#reading;
    this.#reading = -1;
    this.native.recycle(index);
    return true;
  }

  /** Delivers an event. A sink that throws has a defect: the error is rethrown later, so that no event is lost. */
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
