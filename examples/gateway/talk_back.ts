/* Talk to a device and hear it, both as A-law of 8 kHz on audio stream 1: standard input is said, standard output is heard.
 *
 *     . ~/.tirtc-emulator/demo.env                        the endpoint, the device and the keys
 *     npx tsx examples/gateway/talk_back.ts <said.alaw >heard.alaw
 *     arecord -t raw -f A_LAW -r 8000 | npx tsx examples/gateway/talk_back.ts | aplay -t raw -f A_LAW -r 8000
 *
 * It listens until the device hangs up or Ctrl-C, also when all is said. A file is said at the pace of speech. Sound that
 * the network has no room for is left out: late, it would only make the talk lag behind. */
import process from 'node:process';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, connect, type Frame, MEDIA } from 'tirtc-emulator';
import { CalledDevice, runProgram } from './program.js';

const AUDIO_STREAM = 1;
const FRAME_MS = 20;
const FRAME_BYTES = 8 * FRAME_MS;

/** The same bytes in pieces of one frame; the last may be shorter. */
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

async function say(connection: Connection, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  let isRoom = true;
  connection.on('drain', () => {
    isRoom = true;
  });
  const beginMs = performance.now();
  let dueMs = 0;
  for await (const data of inFrames(chunks)) {
    const nowMs = performance.now() - beginMs;
    if (dueMs > nowMs) await sleep(dueMs - nowMs);
    else dueMs = nowMs; // the speaker paused
    if (isRoom) isRoom = connection.sendAudio({ stream: AUDIO_STREAM, media: MEDIA.ALAW, timestampMs: dueMs, data });
    dueMs += FRAME_MS;
  }
  console.error('all is said');
}

async function* sound(frames: AsyncIterable<Frame>): AsyncGenerator<Uint8Array> {
  for await (const { media, data } of frames) {
    if (media !== MEDIA.ALAW) throw new Error(`audio stream ${AUDIO_STREAM} is of media ${media}, not A-law`);
    yield data;
  }
}

await runProgram(async (stop) => {
  const device = new CalledDevice();
  await using connection = await connect({ ...device.target('talk-back'), signal: stop });
  console.error(`connected to ${device.deviceId}`);
  stop.addEventListener('abort', () => void connection.close());
  const over = new AbortController();
  connection.on('closed', () => over.abort());

  const frames = connection.frames('audio', { stream: AUDIO_STREAM });
  await connection.subscribeAudio(AUDIO_STREAM);
  const said = pipeline(process.stdin, (chunks) => say(connection, chunks), { signal: over.signal });
  const heard = pipeline(sound(frames), process.stdout, { end: false });
  await Promise.all([
    heard,
    said.catch((error: unknown) => {
      if (!over.signal.aborted) throw error;
    }),
  ]);
  if (connection.error !== undefined) console.error(connection.error.message);
});
