import { Readable } from 'node:stream';
import { checkSignal } from '../base/index.js';
import { checkKind, checkStream } from '../connection/index.js';
import { ErrorCode, inspectForError, invalidParameter, refuseUnknownKeys, type TiRtcError } from '../errors/index.js';
import type { Connection, Frame } from '../types/index.js';
import type { MediaClass } from '../wire/index.js';

export interface FramesFromOptions {
  /** Only this stream; default all. */
  readonly stream?: number;
  /** Frames that may wait before the connection is held. Default 64. */
  readonly highWaterMark?: number;
  /** Destroys the stream with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface BytesFromOptions {
  readonly stream: number;
  /** Bytes that may wait before the connection is held. Default 1 MiB. */
  readonly highWaterMark?: number;
  readonly signal?: AbortSignal;
}

const DEFAULT_FRAMES = 64;
const DEFAULT_BYTES = 1024 * 1024;

/** What arrives of a kind, from now on, as a stream of `Frame` objects. A reader that is behind holds the whole connection
 *  (`pauseReceiving()`), answers to requests included, and so slows the peer down; nothing is dropped. Where dropping is
 *  better, use `Readable.from(connection.frames(kind))`. Ends when either side closes, errors when the connection breaks.
 *  Destroying it does not close the connection. */
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

/** The payloads of one stream as they arrive, as a stream of bytes: into a file, a decoder, a loudspeaker. Otherwise as
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
  checkHighWaterMark(call, options.highWaterMark);
  if (options.stream !== undefined) checkStream(options.stream);
}

/** How much may wait in a stream, in its own unit; Node would refuse it in other words. */
export function checkHighWaterMark(call: string, highWaterMark = 0): void {
  if (Number.isInteger(highWaterMark) && highWaterMark >= 0) return;
  throw invalidParameter(`${call}: highWaterMark is ${inspectForError(highWaterMark)}`, 'give a whole number');
}

interface ReadableSettings {
  readonly objectMode?: boolean;
  readonly highWaterMark: number;
  readonly signal?: AbortSignal;
}

/** `pick` makes of a frame what goes into the stream, or undefined. */
function receive(
  connection: Connection,
  kind: MediaClass,
  settings: ReadableSettings,
  pick: (frame: Frame) => unknown,
): Readable {
  connection.pauseReceiving()(); /* says at once when this connection cannot be held */
  let letGo: (() => void) | undefined;
  const take = (frame: Frame): void => {
    const piece = pick(frame);
    if (piece !== undefined && !readable.push(piece)) letGo ??= connection.pauseReceiving();
  };
  const end = (error: TiRtcError | undefined): void => {
    if (error === undefined || error.number === ErrorCode.CONN_REMOTECLOSE) readable.push(null);
    else readable.destroy(error);
  };
  const readable: Readable = new Readable({
    ...settings,
    read: () => {
      letGo?.();
      letGo = undefined;
    },
    destroy: (error, callback) => {
      connection.off(kind, take).off('closed', end);
      letGo?.();
      callback(error);
    },
  });
  if (readable.destroyed) return readable; /* by a signal that was aborted before */
  connection.on(kind, take).on('closed', end);
  if (connection.state === 'closed') end(connection.error);
  return readable;
}
