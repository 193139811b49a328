import { EVENT_KINDS } from './event_kinds.generated.js';

/** The addon as TypeScript sees it (native/node). It checks no arguments; numbers below zero are TIRTC_E_* codes; no call
 *  waits. Only lib/device calls it. */
export interface Addon {
  /** With a seed instead of `answer`: a stepped loop, for a World. */
  readonly Loop: new (
    answer: (() => void) | bigint,
    slabs: readonly ArrayBuffer[],
  ) => NativeLoop;
  readonly World: new (loop: NativeLoop) => NativeWorld;
  readonly Device: new (loop: NativeLoop) => NativeDevice;
  readonly layout: Readonly<Record<string, number>>;
}

/** One thread for the devices of this environment, and the events on their way up. `answer` is called when there are some.
 *  A stepped loop has no thread: its World steps the devices, and whoever tells it to looks for events then. Slabs are
 *  SLAB.bytes long. */
export interface NativeLoop {
  /** The number of the oldest slab with events, or -1. `answer` is called only after -1. */
  take(): number;
  /** A payload that did not fit the slab, once. */
  blockOf(slab: number, index: number): Uint8Array;
  /** Give a slab back: it will be written again. */
  recycle(slab: number): void;
  /** Whether this loop keeps the process alive. It does not at first. */
  hold(hold: boolean): void;
  /** Whether to keep `answer`, which it does not at first: what the program cannot reach is collected, with the thread. */
  listen(listen: boolean): void;
}

/** The world of a stepped loop (include/tirtc_sim.h): a clock that stands until it is moved, randomness from a seed, and the
 *  far ends of its devices' links, by number. */
export interface NativeWorld {
  /** Step once each device that was woken or is due, in the order they were opened. False when none was. */
  step(): boolean;
  /** Ms until a device or a link has something to do by itself; 0: now, -1: never. */
  nextDueMs(): number;
  advance(ms: number): void;
  /** Fill with the world's randomness. */
  random(bytes: Uint8Array): void;
  /** Be found at this host and port; once. */
  listen(host: string, port: number): void;
  refuse(refuse: boolean): void;
  /** The next link that a device opened, or 0. */
  accept(): number;
  /** How many bytes came, 0, or a code when the device hung up or the link broke. */
  read(link: number, into: Uint8Array): number;
  /** How many bytes found room, or a code as read(). */
  write(link: number, bytes: Uint8Array): number;
  /** Nothing more will be written. */
  end(link: number): void;
  /** As close() of a socket; the number is dead. */
  hangUp(link: number): void;
  /** Memory the devices hold. */
  usedBytes(): number;
  /** Close all devices, silently, and free the world. */
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

/** tirtc_device.h over Node-API. `connection` is the core's token as a number. */
export interface NativeDevice {
  /** Names the device in event records; 0 when closed. */
  id(): number;
  start(options: NativeStartOptions): number;
  stop(): number;
  /** Closes silently; calls after it answer as for a dead connection. */
  close(): void;
  /** A connection, or a code. */
  connect(remoteId: string, token: string | undefined): number;
  disconnect(connection: number): number;
  sendCommand(connection: number, word: number, data: Uint8Array): number;
  /** `head`: stream | media << 8 | flags << 16 | reserved << 24. */
  sendFrame(connection: number, head: number, timestampMs: number, data: Uint8Array): number;
  /** A REFUSAL: why the last send that answered INVALID_PARAMETER or BUSY was refused. */
  refusal(): number;
  request(connection: number, request: number, stream: number): number;
  answerSubscribe(connection: number, request: number, stream: number, status: number): number;
  /** Rates in bit/s; EVENT.bitrateChanged follows. */
  setBitrateRange(connection: number, stream: number, minBps: number, maxBps: number, startBps: number): number;
  bufferedBytes(connection: number): number;
  /** [audio, video, command] round trips in ms, or a code. */
  stats(connection: number): readonly [number, number, number] | number;
  /** One EVENT.drained when at most `threshold` bytes are queued. */
  watchDrain(connection: number, threshold: number): void;
  /** Take none of its commands and frames until told otherwise; the peer is slowed down. */
  hold(connection: number, hold: boolean): number;
}

/** The calls each class must have: an addon of another version is refused when it is loaded, not when it is called. */
export const EXPECTED_CALLS = {
  Loop: ['take', 'blockOf', 'recycle', 'hold', 'listen'] satisfies (keyof NativeLoop)[],
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
    'hold',
  ] satisfies (keyof NativeDevice)[],
};

/** The kinds of include/tirtc_events.h, and `drained`, which only the addon reports. */
export const EVENT = { ...EVENT_KINDS, drained: 100 } as const;

/** tirtc_refusal_t: why a send was refused. */
export const REFUSAL = {
  /** A pointer is NULL, or data is NULL with a size. */
  nullPointer: 1,
  /** The command word belongs to the SDK. */
  reservedWord: 2,
  mediaRange: 3,
  streamRange: 4,
  /** The stream carries the other of audio and video. */
  otherMedium: 5,
  /** Larger than the send buffer. */
  sendBuffer: 6,
  /** Larger than the peer accepts. */
  peerLimit: 7,
  /** Does not fit now. */
  full: 8,
  keyFrameDue: 9,
} as const;

/** How a slab is laid out (native/node/event_queue.h): a header, records growing from the start, payloads from the end. */
export const SLAB = {
  bytes: 256 * 1024,
  /** Words of the header: how many records. */
  records: 0,
  headerWords: 10,
  recordWords: 10,
} as const;

/** Beside the kind of a record: the one before it in the slab is of the same kind, device and connection. */
export const ALIKE = 0x100;

/** The words of a record. */
export const RECORD = {
  /** EVENT, and ALIKE. */
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

/** What `addon.layout` must say, or the addon is of another version than this file. */
export const EXPECTED_LAYOUT: Addon['layout'] = {
  slabBytes: SLAB.bytes,
  headerWords: SLAB.headerWords,
  recordWords: SLAB.recordWords,
  alike: ALIKE,
  ...EVENT,
  ...RECORD,
  ...REFUSAL,
};
