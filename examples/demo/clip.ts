import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { KEY_FRAME_FLAG, MEDIA, type OutgoingFrame } from 'tirtc-emulator';
import { splitAccessUnits, splitSamples } from '../../lib/media/index.js';

export const VIDEO_STREAM = 0;
export const AUDIO_STREAM = 1;

const FRAMES_PER_SECOND = 15;
const AUDIO_FRAME_MS = 20;
const AUDIO_BYTES_PER_MS = 8;

/** One kind of media: a file, and the frames that it is sent as. */
export interface Track {
  readonly path: string;
  readonly file: Uint8Array;
  readonly frames: readonly OutgoingFrame[];
}

export interface Clip {
  readonly video: Track;
  readonly audio: Track;
  readonly seconds: number;
}

function mediaPath(name: string): string {
  return fileURLToPath(new URL(`../media/${name}`, import.meta.url));
}

function loadVideo(path: string): Track {
  const file = readFileSync(path);
  const frames = splitAccessUnits(file).map(({ data, keyFrame }, index) => ({
    stream: VIDEO_STREAM,
    media: MEDIA.H264,
    flags: keyFrame ? KEY_FRAME_FLAG : 0,
    timestampMs: Math.round((index * 1000) / FRAMES_PER_SECOND),
    data,
  }));
  return { path, file, frames };
}

function loadAudio(path: string): Track {
  const file = readFileSync(path);
  const frames = splitSamples(file, AUDIO_FRAME_MS * AUDIO_BYTES_PER_MS).map((data, index) => ({
    stream: AUDIO_STREAM,
    media: MEDIA.ALAW,
    timestampMs: index * AUDIO_FRAME_MS,
    data,
  }));
  return { path, file, frames };
}

/** Loads the clips of examples/media and splits them into frames. */
export function loadClip(): Clip {
  const video = loadVideo(mediaPath('testsrc2-320x240-15fps.h264'));
  const audio = loadAudio(mediaPath('sine-440hz-8khz.alaw'));
  return { video, audio, seconds: video.frames.length / FRAMES_PER_SECOND };
}
