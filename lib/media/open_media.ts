import { readFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { MEDIA } from '../wire/index.js';
import { ClockPicture } from './clock_picture.js';
import { h264FrameRate, splitAccessUnits } from './h264.js';
import { splitJpegs } from './mjpeg.js';
import { parseOggOpus } from './ogg_opus.js';
import { Clip, evenlySpaced, MediaError, type MediaSource, splitSamples } from './source.js';
import { toneSource } from './tone.js';
import { parseWav, sampleFlags } from './wav.js';

export type MediaFormat = 'h264' | 'mjpeg' | 'ogg' | 'wav' | 'alaw';

export interface MediaOptions {
  /** For video. Default: the rate in an H.264 stream, else 25. */
  readonly framesPerSecond?: number;
}

const DEFAULT_FRAMES_PER_SECOND = 25;
const SOUND_FRAME_MS = 20;
const ALAW_BYTES_PER_MS = 8;

const EXTENSIONS: Readonly<Record<string, MediaFormat>> = {
  '.h264': 'h264',
  '.264': 'h264',
  '.mjpeg': 'mjpeg',
  '.mjpg': 'mjpeg',
  '.jpeg': 'mjpeg',
  '.jpg': 'mjpeg',
  '.opus': 'ogg',
  '.ogg': 'ogg',
  '.wav': 'wav',
  '.alaw': 'alaw',
  '.al': 'alaw',
};
const ADVICE = 'use H.264 (.h264), MJPEG (.mjpeg), Opus in Ogg (.opus, .ogg), WAV (.wav) or A-law (.alaw)';

/** The first bytes of each format; A-law has none. */
const SIGNATURES: readonly (readonly [MediaFormat, string])[] = [
  ['ogg', 'OggS'],
  ['wav', 'RIFF'],
  ['mjpeg', '\xff\xd8\xff'],
  ['h264', '\0\0\x01'],
  ['h264', '\0\0\0\x01'],
];

/** Read a media file. Throws a MediaError that names the file. */
export function openMedia(path: string, options: MediaOptions = {}): MediaSource {
  let file: Uint8Array;
  try {
    file = readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new MediaError('MEDIA_MISSING', `${path} cannot be read (${code})`, 'use the path of a media file');
  }
  try {
    return parseMedia(file, basename(path), options);
  } catch (error) {
    if (error instanceof MediaError) error.message = `${path}: ${error.message}`;
    throw error;
  }
}

/** Read the bytes of a media file. Its name identifies A-law, which has no signature, and must not contradict the content. */
export function parseMedia(file: Uint8Array, name: string, options: MediaOptions = {}): MediaSource {
  const format = formatOf(file, name);
  switch (format) {
    case 'h264':
      return video(MEDIA.H264, splitAccessUnits(file), options.framesPerSecond ?? h264FrameRate(file));
    case 'mjpeg': {
      const pictures = splitJpegs(file).map((data) => ({ data, keyFrame: true }));
      return video(MEDIA.JPEG, pictures, options.framesPerSecond);
    }
    case 'ogg':
      return opus(file);
    case 'wav':
      return wav(file);
    case 'alaw':
      return sound(MEDIA.ALAW, 0, splitSamples(file, ALAW_BYTES_PER_MS * SOUND_FRAME_MS), ALAW_BYTES_PER_MS);
  }
}

function formatOf(file: Uint8Array, name: string): MediaFormat {
  if (file.length === 0) throw new MediaError('MEDIA_EMPTY', 'the file is empty', ADVICE);
  const start = Buffer.from(file.subarray(0, 4)).toString('latin1');
  const shown = SIGNATURES.find(([, signature]) => start.startsWith(signature))?.[0];
  const named = EXTENSIONS[extname(name).toLowerCase()];
  const isSilence = named === 'alaw' && shown === 'h264'; /* 00 00 01 may be samples too */
  const format = isSilence ? named : (shown ?? named);
  if (format === undefined)
    throw new MediaError('MEDIA_FORMAT', 'neither its name nor its content has a known format', ADVICE);
  if (named !== undefined && named !== format) {
    throw new MediaError('MEDIA_FORMAT', `its name says ${named}, but its content is ${format}`, 'rename the file');
  }
  return format;
}

function video(
  media: number,
  pictures: readonly { readonly data: Uint8Array; readonly keyFrame: boolean }[],
  framesPerSecond = DEFAULT_FRAMES_PER_SECOND,
): MediaSource {
  if (!(framesPerSecond > 0 && framesPerSecond <= 1000)) {
    throw new MediaError(
      'MEDIA_FORMAT',
      `${framesPerSecond} frames per second is out of range`,
      'use more than 0, at most 1000',
    );
  }
  return new Clip({ kind: 'video', media, flags: 0, ...evenlySpaced(pictures, framesPerSecond) });
}

function opus(file: Uint8Array): MediaSource {
  const { head, packets, durationMs } = parseOggOpus(file);
  return new Clip({
    kind: 'audio',
    media: MEDIA.OPUS,
    flags: sampleFlags(head.inputSampleRate, head.channels),
    durationMs,
    frames: packets.map((packet) => ({ ...packet, keyFrame: true })),
  });
}

function wav(file: Uint8Array): MediaSource {
  const { media, flags, bytesPerSecond, samples } = parseWav(file);
  const bytesPerMs = bytesPerSecond / 1000;
  return sound(media, flags, splitSamples(samples, bytesPerMs * SOUND_FRAME_MS), bytesPerMs);
}

function sound(media: number, flags: number, pieces: readonly Uint8Array[], bytesPerMs: number): MediaSource {
  const frames = pieces.map((data) => ({ data, keyFrame: true }));
  const spaced = evenlySpaced(frames, 1000 / SOUND_FRAME_MS);
  const last = pieces.at(-1)?.length ?? 0;
  const durationMs = (frames.length - 1) * SOUND_FRAME_MS + last / bytesPerMs;
  return new Clip({ kind: 'audio', media, flags, frames: spaced.frames, durationMs });
}

/** Returns generated media by its name: `clock`, `tone` or `tone-pcm`; undefined for any other name. `wallMs` is the date that
 *  the clock shows, in ms since 1970. */
export function generateMedia(name: string, wallMs: () => number): MediaSource | undefined {
  if (name === 'clock') return new ClockPicture(wallMs);
  if (name === 'tone') return toneSource('alaw');
  return name === 'tone-pcm' ? toneSource('pcm') : undefined;
}
