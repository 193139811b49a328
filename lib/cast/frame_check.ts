import { resolve } from 'node:path';
import { MediaError, type MediaSource, openMedia } from '../media/index.js';
import type { Frame } from '../types/index.js';
import { ScenarioFailure } from './failure.js';
import type { ReceiveStep } from './specs.js';

/** Says what is wrong with a frame: completes "frame 3 of video 0 ...". */
type FrameCheck = (frame: Frame) => string | undefined;

/** The frames that those of a step must be like. */
export function framesLike({ like }: ReceiveStep, folder: string): readonly Buffer[] {
  if (like === undefined) return [];
  const clip = readClip(resolve(folder, like));
  return Array.from({ length: clip.frameCount }, (_, i) => Buffer.from(clip.data(i)));
}

/** What a step wants of each frame of one client. */
export function frameCheck({ timestamps, like }: ReceiveStep, frames: readonly Buffer[]): FrameCheck {
  const checks = [
    ...(timestamps === undefined ? [] : [timestampsGrow()]),
    ...(like === undefined ? [] : [isFrameOf(frames, like)]),
  ];
  return (frame) => {
    for (const check of checks) {
      const fault = check(frame);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
}

function timestampsGrow(): FrameCheck {
  let last: number | undefined;
  return ({ timestampMs }) => {
    const before = last;
    last = timestampMs;
    // Timestamps wrap: the way forward is the shorter one.
    if (before === undefined || (timestampMs - before) << 0 > 0) return undefined;
    return `has the timestamp ${timestampMs}, and the one before it ${before}: timestamps must grow`;
  };
}

function isFrameOf(frames: readonly Buffer[], name: string): FrameCheck {
  return ({ data }) => {
    if (frames.some((frame) => frame.equals(data))) return undefined;
    const cut = frames.find((frame) => data.length > 0 && frame.subarray(0, data.length).equals(data));
    const how = cut === undefined ? '' : `: it ends after ${data.length} of ${cut.length} bytes`;
    return `(${data.length} bytes) is no frame of ${name}${how}`;
  };
}

function readClip(path: string): MediaSource {
  try {
    return openMedia(path);
  } catch (error) {
    if (error instanceof MediaError) throw new ScenarioFailure(error.message);
    throw error;
  }
}
