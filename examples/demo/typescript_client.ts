import { type Connection, connect } from 'tirtc-emulator';
import { receiveFile } from '../ts/receive_file.js';
import { ECHO_COMMAND } from './camera.js';
import type { ClientJob, ClientResult } from './client_result.js';
import { AUDIO_STREAM, type Clip, VIDEO_STREAM } from './clip.js';
import { grouped, type Report } from './report.js';

const ACTOR = 'TypeScript';
const GREETING = 'hello from TypeScript';

/** Connects, compares every byte, sends a command and disconnects. */
export async function runTypeScriptClient(job: ClientJob, clip: Clip, report: Report): Promise<ClientResult> {
  const begin = performance.now();
  const connection = await connect(job);
  try {
    const connectMs = performance.now() - begin;
    report.tick(ACTOR, `connected to ${job.remoteId} in ${connectMs.toFixed(0)} ms`);
    const media = await receiveMedia(connection, clip, job.signal, report);
    return { connectMs, ...media, roundTripMs: await sendCommand(connection, job.signal, report) };
  } finally {
    await connection.close();
    report.step(ACTOR, 'disconnected');
  }
}

async function receiveMedia(connection: Connection, clip: Clip, signal: AbortSignal, report: Report) {
  const receive = async (kind: 'video' | 'audio', stream: number) => {
    const received = await receiveFile(kind, connection.frames(kind, { stream, signal }), clip[kind].file);
    const { frames, bytes } = received;
    report.tick(ACTOR, `${kind}: ${grouped(frames)} frames, ${grouped(bytes)} bytes, identical`);
    return received;
  };
  const [video, audio] = await Promise.all([
    receive('video', VIDEO_STREAM),
    receive('audio', AUDIO_STREAM),
    connection.subscribeVideo(VIDEO_STREAM, { signal }),
    connection.subscribeAudio(AUDIO_STREAM, { signal }),
  ]);
  return { video, audio };
}

async function sendCommand(connection: Connection, signal: AbortSignal, report: Report): Promise<number> {
  const begin = performance.now();
  const { data } = await connection.request(ECHO_COMMAND, GREETING, { signal });
  const roundTripMs = performance.now() - begin;
  const answer = new TextDecoder().decode(data);
  if (answer !== GREETING) throw new Error(`the command "${GREETING}" was answered with "${answer}"`);
  report.tick(ACTOR, `command "${GREETING}" answered in ${roundTripMs.toFixed(2)} ms`);
  return roundTripMs;
}
