import { Readable } from 'node:stream';
import { checkInteger, checkSignal } from '../base/index.js';
import { checkKind, checkStream } from '../connection/index.js';
import { ErrorCode, refuseUnknownKeys, type TiRtcError } from '../errors/index.js';
import type { Connection, Frame } from '../types/index.js';
import type { MediaClass } from '../wire/index.js';

export interface FramesFromOptions {
  /** Only frames of this stream. Default: all streams. */
  readonly stream?: number;
  /** The most frames that wait before the connection is paused. Default 64. */
  readonly highWaterMark?: number;
  /** Destroys the stream with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface BytesFromOptions {
  readonly stream: number;
  /** The most bytes that wait before the connection is paused. Default 1 MiB. */
  readonly highWaterMark?: number;
  readonly signal?: AbortSignal;
}

const DEFAULT_FRAMES = 64;
const DEFAULT_BYTES = 1024 * 1024;

/** Returns a stream of the `Frame` objects of a kind that arrive from now on. A slow reader pauses the whole connection
 *  (`pauseReceiving()`), answers to requests included, and so slows the peer down; nothing is dropped. To drop frames
 *  instead, use `Readable.from(connection.frames(kind))`. The stream ends when either side closes and fails when the
 *  connection breaks. Destroying it does not close the connection. */
export function framesFrom(connection: Connection, kind: MediaClass, options: FramesFromOptions = {}): Readable {
  const call = 'framesFrom()';
  check(call, kind, options);
  const { stream, highWaterMark = DEFAULT_FRAMES, signal } = options;
  return receive(
    connection,
    kind,
    { objectMode: true, highWaterMark, ...(signal === undefined ? {} : { signal }) },
    (frame) => (stream === undefined || frame.stream === stream ? frame : undefined),
  );
}

/** Returns a stream of the payload bytes of one stream, for a file, a decoder or a loudspeaker. Otherwise the same as
 *  framesFrom(). */
export function bytesFrom(connection: Connection, kind: MediaClass, options: BytesFromOptions): Readable {
  check('bytesFrom()', kind, options);
  const { stream, highWaterMark = DEFAULT_BYTES, signal } = options;
  checkStream(stream);
  return receive(connection, kind, { highWaterMark, ...(signal === undefined ? {} : { signal }) }, (frame) =>
    frame.stream === stream && frame.data.length > 0 ? frame.data : undefined,
  );
}

function check(call: string, kind: MediaClass, options: FramesFromOptions): void {
  checkKind(call, kind);
  refuseUnknownKeys(call, options, ['stream', 'highWaterMark', 'signal']);
  checkSignal(call, options.signal);
  checkInteger(`${call}: highWaterMark`, options.highWaterMark ?? 0, 0);
  if (options.stream !== undefined) checkStream(options.stream);
}

interface ReadableSettings {
  readonly objectMode?: boolean;
  readonly highWaterMark: number;
  readonly signal?: AbortSignal;
}

/** `pick` converts a frame to a chunk of the stream, or to undefined to skip it. */
function receive(
  connection: Connection,
  kind: MediaClass,
  settings: ReadableSettings,
  pick: (frame: Frame) => unknown,
): Readable {
  connection.pauseReceiving()(); /* throws now if this connection cannot be paused */
  let resume: (() => void) | undefined;
  const take = (frame: Frame): void => {
    const piece = pick(frame);
    if (piece !== undefined && !readable.push(piece)) resume ??= connection.pauseReceiving();
  };
  const end = (error: TiRtcError | undefined): void => {
    if (error === undefined || error.number === ErrorCode.CONN_REMOTECLOSE) readable.push(null);
    else readable.destroy(error);
  };
  const readable: Readable = new Readable({
    ...settings,
    read: () => {
      resume?.();
      resume = undefined;
    },
    destroy: (error, callback) => {
      connection.off(kind, take).off('closed', end);
      resume?.();
      callback(error);
    },
  });
  if (readable.destroyed) return readable; /* the signal was already aborted */
  connection.on(kind, take).on('closed', end);
  if (connection.state === 'closed') end(connection.error);
  return readable;
}
