/* A recorder: streams of a device into files, for months.
 *
 *     . ~/.tirtc-emulator/demo.env                               the endpoint, the device and the keys
 *     npx tsx examples/gateway/recorder.ts FOLDER                run until Ctrl-C
 *     npx tsx examples/gateway/recorder.ts FOLDER --seconds 60 --keep 100 --video 2
 *
 * Without `--video` and `--audio` it is video stream 0 and audio stream 1. Every file holds `--seconds` of one stream
 * (600), video from a key frame on; of each stream the last `--keep` files are kept (1000). After a connection that ended
 * it calls again, and begins new files. */
import { mkdir } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { Connection } from 'tirtc-emulator';
import { keepConnected } from './keep_connected.js';
import { CalledDevice, runProgram, UsageError, wholeNumber } from './program.js';
import { RotatingFile, type RotatingFileOptions } from './rotating_file.js';

const USAGE = 'usage: npx tsx examples/gateway/recorder.ts FOLDER [--video N] [--audio N] [--seconds N] [--keep N]';

interface Stream {
  readonly kind: 'video' | 'audio';
  readonly stream: number;
}

interface Settings extends Omit<RotatingFileOptions, 'name'> {
  readonly streams: readonly Stream[];
}

function readArguments(): Settings {
  const text = { type: 'string' } as const;
  try {
    const { values, positionals } = parseArgs({
      options: { video: text, audio: text, seconds: text, keep: text },
      allowPositionals: true,
    });
    const [folder] = positionals;
    if (folder === undefined || positionals.length > 1) throw new UsageError('give one folder');
    const isAsked = ({ kind }: Stream): boolean => values[kind] !== undefined || (!values.video && !values.audio);
    const streams: Stream[] = [
      { kind: 'video', stream: wholeNumber('--video', values.video, 0, 0, 15) },
      { kind: 'audio', stream: wholeNumber('--audio', values.audio, 1, 0, 15) },
    ];
    return {
      folder,
      streams: streams.filter(isAsked),
      seconds: wholeNumber('--seconds', values.seconds, 600, 1, 86_400),
      keep: wholeNumber('--keep', values.keep, 1000, 1, 1_000_000),
    };
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : error}\n${USAGE}`);
  }
}

/** Record one stream until the connection ends. The disk sets the pace; what it is too slow for is dropped by the iterator,
 *  up to the next key frame, and counted. */
async function recordStream(connection: Connection, { kind, stream }: Stream, settings: Settings): Promise<void> {
  const frames = connection.frames(kind, { stream });
  const file = new RotatingFile({ ...settings, name: `${kind}-${stream}` });
  await (kind === 'video' ? connection.subscribeVideo(stream) : connection.subscribeAudio(stream));
  try {
    for await (const frame of frames) {
      const path = await file.write(frame);
      if (path !== undefined) console.log(`recording ${path}`);
    }
  } finally {
    await file.close();
  }
}

async function record(connection: Connection, settings: Settings): Promise<void> {
  try {
    await Promise.all(settings.streams.map((stream) => recordStream(connection, stream, settings)));
  } finally {
    const { droppedFrames } = connection.stats();
    if (droppedFrames > 0) console.error(`the disk was too slow for ${droppedFrames} frames`);
  }
}

await runProgram(async (signal) => {
  const settings = readArguments();
  const device = new CalledDevice();
  await mkdir(settings.folder, { recursive: true });
  await keepConnected(device, 'recorder', signal, (connection) => record(connection, settings));
});
