/* Sends standard input to a device and writes its audio to standard output, both as 8 kHz A-law on audio stream 1.
 *
 *     . ~/.tirtc-emulator/demo.env                        sets endpoint, device and keys
 *     npx tsx examples/gateway/talk_back.ts <sent.alaw >received.alaw
 *     arecord -t raw -f A_LAW -r 8000 | npx tsx examples/gateway/talk_back.ts | aplay -t raw -f A_LAW -r 8000
 *
 * It receives until the device closes the connection or Ctrl-C, even if its input has ended. A file is sent in real
 * time. Audio that does not fit into the send buffer is skipped, because late audio would delay the conversation. */
import process from 'node:process';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, connect, type Frame, MEDIA } from 'tirtc-emulator';
import { runProgram, TargetDevice } from './program.js';

const AUDIO_STREAM = 1;
const FRAME_MS = 20;
const FRAME_BYTES = 8 * FRAME_MS;

/** Splits the bytes into frames; the last one may be shorter. */
async function* inFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting = Buffer.alloc(0);
  for await (const chunk of chunks) {
    waiting = Buffer.concat([waiting, chunk]);
    for (; waiting.length >= FRAME_BYTES; waiting = waiting.subarray(FRAME_BYTES)) {
      yield waiting.subarray(0, FRAME_BYTES);
    }
  }
  if (waiting.length > 0) yield waiting;
}

async function send(connection: Connection, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  let hasRoom = true;
  connection.on('drain', () => {
    hasRoom = true;
  });
  const beginMs = performance.now();
  let dueMs = 0;
  for await (const data of inFrames(chunks)) {
    const nowMs = performance.now() - beginMs;
    if (dueMs > nowMs) await sleep(dueMs - nowMs);
    else dueMs = nowMs; // the input paused
    if (hasRoom) hasRoom = connection.sendAudio({ stream: AUDIO_STREAM, media: MEDIA.ALAW, timestampMs: dueMs, data });
    dueMs += FRAME_MS;
  }
  console.error('all audio is sent');
}

async function* audioOf(frames: AsyncIterable<Frame>): AsyncGenerator<Uint8Array> {
  for await (const { media, data } of frames) {
    if (media !== MEDIA.ALAW)
      throw new Error(`audio stream ${AUDIO_STREAM} has media format ${media}: it must be A-law`);
    yield data;
  }
}

await runProgram(async (stop) => {
  const device = new TargetDevice();
  await using connection = await connect({ ...device.target('talk-back'), signal: stop });
  console.error(`connected to ${device.deviceId}`);
  stop.addEventListener('abort', () => void connection.close());
  const ended = new AbortController();
  connection.on('closed', () => ended.abort());

  const frames = connection.frames('audio', { stream: AUDIO_STREAM });
  await connection.subscribeAudio(AUDIO_STREAM);
  const sent = pipeline(process.stdin, (chunks) => send(connection, chunks), { signal: ended.signal });
  const received = pipeline(audioOf(frames), process.stdout, { end: false });
  await Promise.all([
    received,
    sent.catch((error: unknown) => {
      if (!ended.signal.aborted) throw error;
    }),
  ]);
  if (connection.error !== undefined) console.error(connection.error.message);
});
