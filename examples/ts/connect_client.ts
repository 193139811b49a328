/* A client that connects to a device and compares what it receives with files, byte by byte.
 *
 *     export TIRTC_ENDPOINT=http://127.0.0.1:8080    the URL of the service
 *     export TIRTC_TOKEN=...                         from your backend, for this device; or from `tirtc token issue`
 *     npx tsx examples/ts/connect_client.ts DEVICE_ID VIDEO_FILE AUDIO_FILE
 *
 * It subscribes to video stream 0 and audio stream 1, receives frames until it has both files, sends a command that the
 * device echoes, and disconnects. Exit code: 0 everything matched, 1 something did not, 2 an argument or a variable is
 * missing. The token is read from the environment, because every user of the machine can see arguments. */
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { type Connection, connect } from 'tirtc-emulator';
import { type Received, receiveFile } from './receive_file.js';

const VIDEO_STREAM = 0;
const AUDIO_STREAM = 1;
const ECHO_COMMAND = 0x4001;
const TIMEOUT_MS = 60_000;
const GREETING = 'hello from TypeScript';

function step(name: string, text: string): void {
  console.log(`${name.padEnd(13)}${text}`);
}

function stepReceived(name: string, { frames, bytes, ms }: Received): void {
  step(name, `${frames} frames, ${bytes} bytes in ${ms.toFixed(0)} ms, every byte as in the file`);
}

async function receiveMedia(connection: Connection, videoFile: Uint8Array, audioFile: Uint8Array): Promise<void> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const [video, audio] = await Promise.all([
    receiveFile('video', connection.frames('video', { stream: VIDEO_STREAM, signal }), videoFile),
    receiveFile('audio', connection.frames('audio', { stream: AUDIO_STREAM, signal }), audioFile),
    connection.subscribeVideo(VIDEO_STREAM),
    connection.subscribeAudio(AUDIO_STREAM),
  ]);
  stepReceived('video', video);
  stepReceived('audio', audio);
}

async function sendCommand(connection: Connection): Promise<void> {
  const begin = performance.now();
  const answer = new TextDecoder().decode((await connection.request(ECHO_COMMAND, GREETING)).data);
  if (answer !== GREETING) throw new Error(`command: "${answer}" came back instead of "${GREETING}"`);
  step('command', `"${GREETING}" came back in ${(performance.now() - begin).toFixed(2)} ms`);
}

async function run(endpoint: string, token: string, remoteId: string, files: readonly [string, string]): Promise<void> {
  const [video, audio] = await Promise.all([readFile(files[0]), readFile(files[1])]);
  const begin = performance.now();
  const connection = await connect({ endpoint, remoteId, token });
  try {
    step('connected', `to ${remoteId} in ${(performance.now() - begin).toFixed(0)} ms`);
    await receiveMedia(connection, video, audio);
    await sendCommand(connection);
  } finally {
    await connection.close();
    step('disconnected', '');
  }
}

async function main(): Promise<number> {
  const { TIRTC_ENDPOINT: endpoint, TIRTC_TOKEN: token } = process.env;
  const [remoteId, videoFile, audioFile] = process.argv.slice(2);
  if (!remoteId || !videoFile || !audioFile) {
    console.error('usage: npx tsx examples/ts/connect_client.ts DEVICE_ID VIDEO_FILE AUDIO_FILE');
    return 2;
  }
  if (!endpoint || !token) {
    const [name, what] = endpoint
      ? ['TIRTC_TOKEN', `a token that your backend issued for ${remoteId}`]
      : ['TIRTC_ENDPOINT', 'the URL of the service, such as http://127.0.0.1:8080'];
    console.error(`${name} is not set; set it to ${what}`);
    return 2;
  }
  try {
    await run(endpoint, token, remoteId, [videoFile, audioFile]);
    console.log('everything matched');
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }
}

process.exitCode = await main();
