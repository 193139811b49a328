import type { TiRtcError } from '../errors/index.js';
import type { Connection, Frame, MediaClass } from '../types/index.js';

/** `idle`: not started. `offline`: the started device lost the service and tries to reconnect. `failed`: the start failed
 *  and is not retried until the next `start()`. */
export type DeviceState = 'idle' | 'starting' | 'started' | 'offline' | 'failed' | 'stopping' | 'closed';

/** The reason why the device is not online. */
export interface StartFailure {
  /** Its code, number and advice are explained in docs/errors.md. */
  readonly error: TiRtcError;
  /** The time until the next attempt, in ms; undefined when there will be no other attempt. */
  readonly retryInMs: number | undefined;
  /** The attempts that failed since `start()` was called or the service was lost; 0 when it was just lost. */
  readonly failedAttempts: number;
}

/** Bit rates in bit/s: 0 < minBps <= startBps <= maxBps. */
export interface BitrateRange {
  /** The lowest rate to recommend. */
  readonly minBps: number;
  /** The highest rate to recommend. */
  readonly maxBps: number;
  /** The first rate to recommend. */
  readonly startBps: number;
}

/** Receives the bit rate to encode with from now on, in bit/s. */
export type BitrateHandler = (bps: number) => unknown;

/** A frame in shared memory, without a copy: valid until the handler that received it returns. */
export interface LentFrame extends Frame {
  /** The size of `data` in bytes, without creating the view. */
  readonly size: number;
  /** A view of memory that is reused: its bytes change after the handler has returned. Copy what you keep. */
  readonly data: Uint8Array;
}

/** Frames that arrived together: the object is the first frame, and after each `next()` that returns true, the next one. */
export interface LentFrames extends LentFrame {
  next(): boolean;
}

/** A connection of a Device, opened by either side. */
export interface DeviceConnection extends Connection {
  /** Recommend bit rates for a video stream that this side sends. `handler` soon receives `startBps`, and later another rate
   *  within the range whenever the speed at which the send buffer empties requires one. A new call for the same stream
   *  replaces range and handler. */
  recommendBitrate(stream: number, range: BitrateRange, handler: BitrateHandler): void;

  /** Receive the frames of a kind without a copy and without an object for each: `handler` is called for each frame with
   *  the same object. These frames are neither emitted as events nor given to iterators. A kind has one handler; undefined
   *  removes it. What it throws is emitted as `error`, and it still receives the frames after that. */
  lendFrames(kind: MediaClass, handler: ((frame: LentFrame) => void) | undefined): void;
  /** The same, with one call for all frames that arrived together, which are hundreds of small frames at full rate. Frames
   *  that the handler does not reach with `next()` are dropped. */
  lendBatches(kind: MediaClass, handler: ((frames: LentFrames) => void) | undefined): void;
}

/** The events of a device. Listeners are called one after another on the thread that made the device. */
export interface DeviceEvents {
  /** The device is online; a client emits this at once. */
  readonly started: () => void;
  /** The device is offline after `stop()`. */
  readonly stopped: () => void;
  /** An attempt failed. The device tries again by itself if `retryInMs` is set. */
  readonly startFailed: (failure: StartFailure) => void;
  /** The device lost the service; open connections may continue. Each attempt to reconnect that fails emits it again, with the
   *  next `retryInMs`: `failedAttempts` is 0 only for the loss itself. */
  readonly serviceLost: (failure: StartFailure) => void;
  /** The device is online again after `serviceLost`. */
  readonly serviceBack: () => void;
  /** The endpoint redirects to `location`; the redirect is not followed. */
  readonly hijacked: (redirect: { readonly location: string }) => void;
  /** A client connected; `subject` is from the caller's token. */
  readonly connection: (connection: DeviceConnection, info: { readonly subject: string }) => void;
  /** A listener threw or rejected. Without a listener for `error`, the error is written to the console. */
  readonly error: (error: unknown) => void;
}

/** The options of `start()`. */
export interface StartOptions {
  /** Stops the device; `start()` rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Stops the device after this many ms. Default: no limit; attempts continue until one succeeds or fails for good. */
  readonly timeoutMs?: number;
}

/** The options of `serviceRequest()`. */
export interface ServiceRequestOptions {
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string;
  /** Ends the request; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** The promise rejects with TIMEOUTED after this many ms. Default 10000. */
  readonly timeoutMs?: number;
}
