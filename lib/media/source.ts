import type { MediaClass } from '../wire/index.js';

/** `MEDIA_MISSING`: the file cannot be read. `MEDIA_EMPTY`: it has no frame. `MEDIA_TRUNCATED`: it ends in the middle.
 *  `MEDIA_FORMAT`: its content is not as expected. */
export type MediaErrorCode = 'MEDIA_MISSING' | 'MEDIA_EMPTY' | 'MEDIA_TRUNCATED' | 'MEDIA_FORMAT';

/** A media file that cannot be used. The message has the problem and what to use instead. */
export class MediaError extends Error {
  override readonly name = 'MediaError';
  readonly code: MediaErrorCode;

  constructor(code: MediaErrorCode, what: string, advice: string) {
    super(`${what}; ${advice}`);
    this.code = code;
  }
}

/** Frames with their times, from a file or generated. Any number of players may share one, because it has no position. */
export interface MediaSource {
  readonly kind: Exclude<MediaClass, 'message'>;
  /** A value of `MEDIA`. */
  readonly media: number;
  /** Flags of every frame: the sample format of audio. The key frame bit of video is added when a frame is sent. */
  readonly flags: number;
  /** Infinity for generated media. */
  readonly frameCount: number;
  /** From the start of the first frame to the end of the last. */
  readonly durationMs: number;
  /** Returns when frame `index` begins, from the start of the first. Grows with the index. */
  startMs(index: number): number;
  /** Returns whether decoding can begin there. Always true for audio. */
  isKeyFrame(index: number): boolean;
  /** Returns the bytes of a frame. Valid until the next call. */
  data(index: number): Uint8Array;
}

export interface ClipFrame {
  readonly data: Uint8Array;
  readonly startMs: number;
  readonly keyFrame: boolean;
}

export type ClipOptions = Pick<MediaSource, 'kind' | 'media' | 'flags' | 'durationMs'> & {
  readonly frames: readonly ClipFrame[];
};

/** Frames in memory. Throws a MediaError if there are none, or no key frame. */
export class Clip implements MediaSource {
  readonly kind: MediaSource['kind'];
  readonly media: number;
  readonly flags: number;
  readonly durationMs: number;
  readonly #frames: readonly ClipFrame[];

  constructor({ kind, media, flags, durationMs, frames }: ClipOptions) {
    if (frames.length === 0) throw new MediaError('MEDIA_EMPTY', 'there are no frames', 'use at least one');
    if (!frames.some(({ keyFrame }) => keyFrame)) {
      throw new MediaError(
        'MEDIA_FORMAT',
        `none of the ${frames.length} pictures is a key frame`,
        'use a stream with at least one, because decoding begins there',
      );
    }
    this.kind = kind;
    this.media = media;
    this.flags = flags;
    this.durationMs = durationMs;
    this.#frames = frames;
  }

  get frameCount(): number {
    return this.#frames.length;
  }

  startMs(index: number): number {
    return this.#at(index).startMs;
  }

  isKeyFrame(index: number): boolean {
    return this.#at(index).keyFrame;
  }

  data(index: number): Uint8Array {
    return this.#at(index).data;
  }

  #at(index: number): ClipFrame {
    const frame = this.#frames[index];
    if (frame === undefined) throw new RangeError(`frame ${index} of ${this.#frames.length}`);
    return frame;
  }
}

/** Returns frames of equal length with their times. */
export function evenlySpaced(
  frames: readonly { readonly data: Uint8Array; readonly keyFrame: boolean }[],
  framesPerSecond: number,
): { readonly frames: readonly ClipFrame[]; readonly durationMs: number } {
  return {
    frames: frames.map(({ data, keyFrame }, index) => ({ data, keyFrame, startMs: (index * 1000) / framesPerSecond })),
    durationMs: (frames.length * 1000) / framesPerSecond,
  };
}

/** Split audio without frames (A-law, PCM) into pieces of one length; the last may be shorter. Throws a MediaError if it is
 *  empty. */
export function splitSamples(file: Uint8Array, bytesPerFrame: number): readonly Uint8Array[] {
  if (file.length === 0) {
    throw new MediaError('MEDIA_EMPTY', 'the audio file is empty', 'use raw samples');
  }
  const frames: Uint8Array[] = [];
  for (let at = 0; at < file.length; at += bytesPerFrame) frames.push(file.subarray(at, at + bytesPerFrame));
  return frames;
}
