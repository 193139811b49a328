import { EVENT_KINDS } from './event_kinds.generated.js';

/** The exports of the addon (native/node). It does not check arguments; negative numbers are TIRTC_E_* codes; no call
 *  blocks. Only lib/device and lib/flat call it. */
export interface Addon {
  /** A seed instead of `answer` makes a stepped loop, for a World. */
  readonly Loop: new (
    answer: (() => void) | bigint,
    slabs: readonly ArrayBuffer[],
  ) => NativeLoop;
  readonly World: new (loop: NativeLoop) => NativeWorld;
  readonly Device: new (loop: NativeLoop) => NativeDevice;
  readonly layout: Readonly<Record<string, number>>;
}

/** One thread for the devices of this environment, and the queue of their events. `answer` is called when there are some.
 *  A stepped loop has no thread: its World steps the devices, and the caller takes the events then. Slabs have SLAB.bytes
 *  bytes. */
export interface NativeLoop {
  /** Returns the number of the oldest slab with events, or -1. `answer` is called again only after -1. */
  take(): number;
  /** Returns a payload that did not fit the slab; once. */
  blockOf(slab: number, index: number): Uint8Array;
  /** Returns a slab to the loop, which writes to it again. */
  recycle(slab: number): void;
  /** Sets whether this loop keeps the process alive. At first it does not. */
  ref(ref: boolean): void;
  /** Sets whether the loop keeps `answer` alive. At first it does not, so that a loop the program cannot reach is
   *  collected with its thread. */
  listen(listen: boolean): void;
}

/** The world of a stepped loop (include/tirtc_sim.h): a clock that only advance() moves, randomness from a seed, and the far
 *  ends of its devices' pipes, by number. */
export interface NativeWorld {
  /** Steps once each device that was woken or is due, in the order they were opened. Returns false when there was none. */
  step(): boolean;
  /** Returns the ms until a device or a pipe has something to do by itself; 0: now, -1: never. */
  nextDueMs(): number;
  advance(ms: number): void;
  /** Fills the bytes with the world's randomness. */
  random(bytes: Uint8Array): void;
  /** Accepts connections at this host and port. Call it once. */
  listen(host: string, port: number): void;
  refuse(refuse: boolean): void;
  /** Returns the number of the next pipe that a device opened, or 0. */
  accept(): number;
  /** Returns how many bytes arrived, 0, or a code when the device hung up or the pipe broke. */
  read(link: number, into: Uint8Array): number;
  /** Returns how many bytes found room, or a code as read() does. */
  write(link: number, bytes: Uint8Array): number;
  /** Ends the direction to the device: nothing more is written. */
  end(link: number): void;
  /** Closes as close() of a socket does; the number is invalid afterwards. */
  hangUp(link: number): void;
  /** Returns the memory that the devices hold. */
  usedBytes(): number;
  /** Closes all devices without events and frees the world. */
  close(): void;
}

export interface NativeStartOptions {
  readonly endpoint: string;
  readonly deviceId: string | undefined;
  readonly deviceSecretKey: string | undefined;
  readonly appId: string | undefined;
  readonly clientId: string | undefined;
  readonly platform: string;
  readonly maxConnections: number | undefined;
  readonly maxSendBufferBytes: number | undefined;
  readonly connectTimeoutMs?: number | undefined;
  readonly keepAliveMs?: number | undefined;
  readonly silenceMs?: number | undefined;
  readonly connectCache: boolean;
  /** TIRTC_CONNECT_LINK_MODE_*. */
  readonly linkMode: number;
}

/** tirtc_device.h over Node-API. `connection` is the handle as a number. */
export interface NativeDevice {
  /** Returns the number of the device in event records; 0 when it is closed. */
  id(): number;
  start(options: NativeStartOptions): number;
  stop(): number;
  /** Closes without events; later calls return what they return for an invalid handle. */
  close(): void;
  /** Returns a handle, or a code. */
  connect(remoteId: string, token: string | undefined): number;
  disconnect(connection: number): number;
  sendCommand(connection: number, word: number, data: Uint8Array): number;
  /** `head`: stream | media << 8 | flags << 16 | reserved << 24. */
  sendFrame(connection: number, head: number, timestampMs: number, data: Uint8Array): number;
  /** Returns a key of REFUSALS: why the last send that returned INVALID_PARAMETER or BUSY was refused. */
  refusal(): number;
  request(connection: number, request: number, stream: number): number;
  answerSubscribe(connection: number, request: number, stream: number, status: number): number;
  /** Rates in bit/s; EVENT.bitrateChanged follows. */
  setBitrateRange(connection: number, stream: number, minBps: number, maxBps: number, startBps: number): number;
  bufferedBytes(connection: number): number;
  /** Returns the round trips [audio, video, command] in ms, or a code. */
  stats(connection: number): readonly [number, number, number] | number;
  /** Asks for one EVENT.drained when at most `threshold` bytes are queued. */
  watchDrain(connection: number, threshold: number): void;
  /** Sets whether commands and frames of the connection wait, which slows down the peer. */
  pause(connection: number, pause: boolean): number;
}

/** The calls each class must have: an addon of another version is refused when it is loaded, not when it is called. */
export const EXPECTED_CALLS = {
  Loop: ['take', 'blockOf', 'recycle', 'ref', 'listen'] satisfies (keyof NativeLoop)[],
  World: [
    'step',
    'nextDueMs',
    'advance',
    'random',
    'listen',
    'refuse',
    'accept',
    'read',
    'write',
    'end',
    'hangUp',
    'usedBytes',
    'close',
  ] satisfies (keyof NativeWorld)[],
  Device: [
    'id',
    'start',
    'stop',
    'close',
    'connect',
    'disconnect',
    'sendCommand',
    'sendFrame',
    'refusal',
    'request',
    'answerSubscribe',
    'setBitrateRange',
    'bufferedBytes',
    'stats',
    'watchDrain',
    'pause',
  ] satisfies (keyof NativeDevice)[],
};

/** The kinds of include/tirtc_events.h, and `drained`, which only the addon reports. */
export const EVENT = { ...EVENT_KINDS, drained: 100 } as const;

const REFUSAL_NAMES = { 5: 'otherMedium', 6: 'sendBuffer', 7: 'peerLimit', 8: 'full', 9: 'keyFrameDue' } as const;
type Refusal = (typeof REFUSAL_NAMES)[keyof typeof REFUSAL_NAMES];

/** Why a send was refused, by the values of tirtc_refusal_t that do not stand for an invalid argument. */
export const REFUSALS: Readonly<Record<number, Refusal>> = REFUSAL_NAMES;

/** The layout of a slab (native/node/event_queue.h): a header, records from the start, payloads from the end. */
export const SLAB = {
  bytes: 256 * 1024,
  /** The word of the header that counts the records. */
  records: 0,
  headerWords: 10,
  recordWords: 10,
} as const;

/** A bit beside the kind: the record before this one in the slab has the same kind, device and connection. */
export const ALIKE = 0x100;

/** The words of a record. */
export const RECORD = {
  /** A value of EVENT, with ALIKE. */
  kind: 0,
  device: 1,
  connectionLow: 2,
  connectionHigh: 3,
  error: 4,
  detail: 5,
  time: 6,
  head: 7,
  offset: 8,
  size: 9,
} as const;

/** The values of `addon.layout` for this version of the package. */
export const EXPECTED_LAYOUT: Addon['layout'] = {
  slabBytes: SLAB.bytes,
  headerWords: SLAB.headerWords,
  recordWords: SLAB.recordWords,
  alike: ALIKE,
  ...EVENT,
  ...RECORD,
  keyFrameDue: 9,
};
