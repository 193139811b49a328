import type { TiRtcError } from '../errors/index.js';
import type { Connection, Frame, MediaClass } from '../types/index.js';

/** `idle`: not started. `offline`: was started, lost the service and tries to come back. `failed`: for good, until the
 *  next start(). */
export type DeviceState = 'idle' | 'starting' | 'started' | 'offline' | 'failed' | 'stopping' | 'closed';

/** Why the device is not online. */
export interface StartFailure {
  /** Why; its code, number and advice are in docs/errors.md. */
  readonly error: TiRtcError;
  /** When the next attempt begins; undefined when there will be none. */
  readonly retryInMs: number | undefined;
}

/** Bit/s; 0 < minBps <= startBps <= maxBps. */
export interface BitrateRange {
  /** Never less is recommended. */
  readonly minBps: number;
  /** Never more is recommended. */
  readonly maxBps: number;
  /** What is recommended first. */
  readonly startBps: number;
}

/** Is told the bit rate to encode with from now on, in bit/s. */
export type BitrateHandler = (bps: number) => unknown;

/** A frame that is read where it lies: good until the handler it was given to returns. */
export interface LentFrame extends Frame {
  /** Bytes of `data`, without making the view that `data` is. */
  readonly size: number;
  /** A view of memory that is used again: its bytes change once the handler has returned. Copy what you keep. */
  readonly data: Uint8Array;
}

/** Frames that came together. It is the first of them, and with each next() that returns true it is the next one. */
export interface LentFrames extends LentFrame {
  next(): boolean;
}

/** A connection of a Device, made by either side. */
export interface DeviceConnection extends Connection {
  /** Have bit rates recommended for a video stream that is sent here: `handler` is called with `startBps` soon, and
   *  then whenever the pace at which the send buffer empties calls for another rate, never outside the range. Called
   *  again for a stream, it replaces both. */
  recommendBitrate(stream: number, range: BitrateRange, handler: BitrateHandler): void;

  /** Take the frames of a kind without a copy and without an object for each: `handler` is called for each frame with one
   *  and the same object. They come neither as events nor to iterators. One handler a kind; undefined takes it away.
   *  What it throws is reported as `error`, and the frames behind are still given to it. */
  lendFrames(kind: MediaClass, handler: ((frame: LentFrame) => void) | undefined): void;
  /** The same, with one call for all that came together: hundreds of small frames at full rate. What the handler did not
   *  ask for with next() is dropped. */
  lendBatches(kind: MediaClass, handler: ((frames: LentFrames) => void) | undefined): void;
}

/** What a device tells. Handlers are called one after another on the thread that made the device. */
export interface DeviceEvents {
  /** Online; a client at once. */
  readonly started: () => void;
  /** Offline, after `stop()`. */
  readonly stopped: () => void;
  /** An attempt failed; the device goes on by itself while `retryInMs` is given. */
  readonly startFailed: (failure: StartFailure) => void;
  /** Was online and is not; connections may live on. */
  readonly serviceLost: (failure: StartFailure) => void;
  /** Online again after `serviceLost`. */
  readonly serviceBack: () => void;
  /** The endpoint redirects to `location`; the redirect is not followed. */
  readonly hijacked: (redirect: { readonly location: string }) => void;
  /** Somebody connected; `subject` is from the caller's token. */
  readonly connection: (connection: DeviceConnection, info: { readonly subject: string }) => void;
  /** A handler of yours threw or rejected. Without a listener it is written to the console. */
  readonly error: (error: unknown) => void;
}

/** How long a start may take. */
export interface StartOptions {
  /** Give up and stop; start() rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Give up and stop after so long. Default: never, attempts go on until one succeeds or fails for good. */
  readonly timeoutMs?: number;
}

/** How a request to the service is made. */
export interface ServiceRequestOptions {
  /** Sent as "Authorization: Bearer". */
  readonly token?: string;
  /** Gives the request up; the promise rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Rejects with TIMEOUTED after so many ms. Default 10000. */
  readonly timeoutMs?: number;
}
