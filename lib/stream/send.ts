import { Writable } from 'node:stream';
import { checkInteger, checkSignal } from '../base/index.js';
import { checkFrame, checkKind } from '../connection/index.js';
import { ErrorCode, inspectForError, invalidParameter, refuseUnknownKeys, TiRtcError } from '../errors/index.js';
import type { Connection, OutgoingFrame } from '../types/index.js';
import { type MediaClass, mediaClass } from '../wire/index.js';

export interface FramesToOptions {
  /** The most frames that wait in the stream, in addition to the send buffer of the connection. Default 16. */
  readonly highWaterMark?: number;
  /** Destroys the stream with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** How to cut bytes into frames. */
export interface BytesToOptions {
  readonly stream: number;
  readonly media: number;
  /** As in `OutgoingFrame`. Default 0. */
  readonly flags?: number;
  /** The payload of a frame; only the last one may be shorter. 160 bytes are 20 ms of A-law at 8 kHz. */
  readonly frameBytes: number;
  /** The step of `timestampMs` from frame to frame. */
  readonly frameMs: number;
  /** The timestamp of the first frame. Default 0. */
  readonly timestampMs?: number;
  readonly signal?: AbortSignal;
}

const RETRY_MS = 20;
const DEFAULT_FRAMES = 16;
/** The service relays no larger frame. */
const MAX_FRAME_BYTES = 64 * 1024 * 1024;

/** Returns a stream that sends the `OutgoingFrame` objects (for messages: `OutgoingMessage`) written to it. It waits while
 *  the send buffer is full and drops nothing. Do not change the bytes of a frame until its write is done. `finish` is
 *  emitted when everything is in the send buffer; ending or destroying the stream does not close the connection. */
export function framesTo(connection: Connection, kind: MediaClass, options: FramesToOptions = {}): Writable {
  checkKind('framesTo()', kind);
  refuseUnknownKeys('framesTo()', options, ['highWaterMark', 'signal']);
  checkSignal('framesTo()', options.signal);
  checkInteger('framesTo(): highWaterMark', options.highWaterMark ?? 0, 0);
  const send = sendersOf(connection)[kind];
  return new Writable({
    highWaterMark: DEFAULT_FRAMES,
    ...options,
    objectMode: true,
    write: (frame: OutgoingFrame, _encoding, callback) => {
      sendWhenRoom(connection, () => send(frame)).then(() => callback(), callback);
    },
  });
}

/** Returns a stream that cuts the bytes written to it into audio or video frames and sends them as fast as the peer accepts
 *  them. Otherwise the same as framesTo(). */
export function bytesTo(connection: Connection, options: BytesToOptions): Writable {
  checkBytesTo(options);
  const { frameBytes, frameMs, stream, media, flags = 0, signal } = options;
  const kind = mediaClass(media) ?? 'message';
  const send = sendersOf(connection)[kind];
  let { timestampMs = 0 } = options;
  const frame = new Uint8Array(frameBytes);
  let filled = 0;
  const sendFrame = async (): Promise<void> => {
    const data = frame.subarray(0, filled);
    await sendWhenRoom(connection, () => send({ stream, media, flags, timestampMs, data }));
    timestampMs += frameMs;
    filled = 0;
  };
  const take = async (chunk: Uint8Array): Promise<void> => {
    for (let at = 0; at < chunk.length; ) {
      const piece = chunk.subarray(at, at + frameBytes - filled);
      frame.set(piece, filled);
      filled += piece.length;
      at += piece.length;
      if (filled === frameBytes) await sendFrame();
    }
  };
  return new Writable({
    ...(signal === undefined ? {} : { signal }),
    write: (chunk: Uint8Array, _encoding, callback) => {
      take(chunk).then(() => callback(), callback);
    },
    final: (callback) => {
      (filled === 0 ? Promise.resolve() : sendFrame()).then(() => callback(), callback);
    },
  });
}

function checkBytesTo(options: BytesToOptions): void {
  const keys = ['stream', 'media', 'flags', 'frameBytes', 'frameMs', 'timestampMs', 'signal'];
  refuseUnknownKeys('bytesTo()', options, keys);
  checkSignal('bytesTo()', options.signal);
  const { frameBytes, frameMs, stream, media, flags, timestampMs = 0 } = options;
  const kind = mediaClass(media);
  if (kind === undefined)
    throw invalidParameter(`bytesTo(): media is ${inspectForError(media)}`, 'give a value of MEDIA');
  checkFrame({ stream, media, timestampMs, ...(flags === undefined ? {} : { flags }), data: new Uint8Array(0) }, kind);
  checkInteger('bytesTo(): frameBytes', frameBytes, 1, MAX_FRAME_BYTES);
  if (!Number.isFinite(frameMs) || frameMs < 0) {
    throw invalidParameter(`bytesTo(): frameMs is ${inspectForError(frameMs)}`, 'give the duration of a frame in ms');
  }
}

function sendersOf(connection: Connection): Readonly<Record<MediaClass, (frame: OutgoingFrame) => boolean>> {
  return {
    video: (frame) => connection.sendVideo(frame),
    audio: (frame) => connection.sendAudio(frame),
    message: (frame) => connection.sendMessage(frame),
  };
}

/** Sends, and resolves when the next frame may be sent. Rejects with what send() throws, also when the connection ends. */
async function sendWhenRoom(connection: Connection, send: () => boolean): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      if (!send()) await drain(connection);
      return;
    } catch (error) {
      const mayFit = error instanceof TiRtcError && error.number === ErrorCode.BUSY && connection.bufferedBytes > 0;
      if (!mayFit) throw error;
      if (attempt === 0) await drain(connection);
      else await pause(connection);
    }
  }
}

/** Waits for room or for the end of the connection. */
function drain(connection: Connection): Promise<void> {
  return until(connection, (done) => {
    connection.once('drain', done);
    return () => connection.off('drain', done);
  });
}

/** Waits for a moment: after a drain, the buffer may still have too little room for a large frame. */
function pause(connection: Connection): Promise<void> {
  return until(connection, (done) => {
    const timer = setTimeout(done, RETRY_MS);
    return () => clearTimeout(timer);
  });
}

function until(connection: Connection, begin: (done: () => void) => () => void): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      stop();
      connection.off('closed', finish);
      resolve();
    };
    const stop = begin(finish);
    connection.on('closed', finish);
  });
}
