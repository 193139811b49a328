import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, ErrorCode, type OutgoingFrame, TiRtcError } from 'tirtc-emulator';
import { AUDIO_STREAM, type Clip, VIDEO_STREAM } from './clip.js';

/** A command that the camera echoes. */
export const ECHO_COMMAND = 0x4001;

/** Errors of a send after the client has disconnected; the `closed` event follows. */
const ENDED: ReadonlySet<number> = new Set([
  ErrorCode.CONN_REMOTECLOSE,
  ErrorCode.CONN_TIMEOUTCLOSE,
  ErrorCode.CONN_OTHER_ERROR,
  ErrorCode.INVALID_HANDLE,
]);

export interface CameraOptions {
  readonly clip: Clip;
  /** 1 plays in real time, 4 plays four times as fast. */
  readonly speed: number;
  readonly onSubscribed: (kind: 'video' | 'audio', stream: number) => void;
  /** The fraction of the video that was sent, 0 to 1. */
  readonly onProgress: (fraction: number) => void;
}

/** Serves one client: plays the clip from its beginning for each subscription, and answers commands. */
export function serveClient(connection: Connection, options: CameraOptions): void {
  const playing = new Map<number, AbortController>();

  connection.handle(ECHO_COMMAND, (command) => command.data);
  connection.onSubscribe((stream, kind) => stream === (kind === 'video' ? VIDEO_STREAM : AUDIO_STREAM));
  connection.on('subscribed', async (stream, kind) => {
    options.onSubscribed(kind, stream);
    playing.get(stream)?.abort();
    const stop = new AbortController();
    playing.set(stream, stop);
    const { frames } = options.clip[kind];
    await play(connection, frames, options.speed, stop.signal, (frame, index) => {
      if (kind === 'video') options.onProgress((index + 1) / frames.length);
      return kind === 'video' ? connection.sendVideo(frame) : connection.sendAudio(frame);
    });
  });
  connection.on('unsubscribed', (stream) => playing.get(stream)?.abort());
  connection.on('closed', () => {
    for (const stop of playing.values()) stop.abort();
  });
}

/** Sends each frame when it is due. Waits when the send buffer is full, so that no frame is dropped. */
async function play(
  connection: Connection,
  frames: readonly OutgoingFrame[],
  speed: number,
  signal: AbortSignal,
  send: (frame: OutgoingFrame, index: number) => boolean,
): Promise<void> {
  const begin = performance.now();
  for (const [index, frame] of frames.entries()) {
    const earlyMs = begin + frame.timestampMs / speed - performance.now();
    if (earlyMs > 0) await sleep(earlyMs);
    if (signal.aborted) return;
    try {
      if (!send(frame, index)) await roomOrEnd(connection);
    } catch (error) {
      if (error instanceof TiRtcError && ENDED.has(error.number)) return;
      throw error;
    }
  }
}

function roomOrEnd(connection: Connection): Promise<void> {
  return new Promise((resolve) => {
    connection.once('drain', resolve);
    connection.once('closed', () => resolve());
  });
}
