/* Records streams of a device to files, for months.
 *
 *     . ~/.tirtc-emulator/demo.env                               sets endpoint, device and keys
 *     npx tsx examples/gateway/recorder.ts FOLDER                run until Ctrl-C
 *     npx tsx examples/gateway/recorder.ts FOLDER --seconds 60 --keep 100 --video 2
 *
 * Without `--video` and `--audio` it records video stream 0 and audio stream 1. Each file contains `--seconds` (600) of
 * one stream and, for video, begins with a key frame. The last `--keep` (1000) files of each stream are kept. When the
 * connection ends, it connects again and begins new files. */
import { mkdir } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { Connection } from 'tirtc-emulator';
import { keepConnected } from './keep_connected.js';
import { runProgram, TargetDevice, UsageError, wholeNumber } from './program.js';
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
    if (folder === undefined || positionals.length > 1) throw new UsageError('give exactly one folder');
    const isWanted = ({ kind }: Stream): boolean => values[kind] !== undefined || (!values.video && !values.audio);
    const streams: Stream[] = [
      { kind: 'video', stream: wholeNumber('--video', values.video, 0, 0, 15) },
      { kind: 'audio', stream: wholeNumber('--audio', values.audio, 1, 0, 15) },
    ];
    return {
      folder,
      streams: streams.filter(isWanted),
      seconds: wholeNumber('--seconds', values.seconds, 600, 1, 86_400),
      keep: wholeNumber('--keep', values.keep, 1000, 1, 1_000_000),
    };
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : error}\n${USAGE}`);
  }
}

/** Records one stream until the connection ends. If the disk is too slow, the iterator drops frames up to the next key
 *  frame and counts them. */
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
  const device = new TargetDevice();
  await mkdir(settings.folder, { recursive: true });
  await keepConnected(device, 'recorder', signal, (connection) => record(connection, settings));
});
