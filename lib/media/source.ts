import type { MediaClass } from '../wire/index.js';

/** `MEDIA_MISSING`: the file cannot be read. `MEDIA_EMPTY`: nothing in it, or no frame. `MEDIA_TRUNCATED`: it ends in the
 *  middle. `MEDIA_FORMAT`: it is not what it should be. */
export type MediaErrorCode = 'MEDIA_MISSING' | 'MEDIA_EMPTY' | 'MEDIA_TRUNCATED' | 'MEDIA_FORMAT';

/** A media file that cannot be used. The message says what is wrong and what would be right. */
export class MediaError extends Error {
  override readonly name = 'MediaError';
  readonly code: MediaErrorCode;

  constructor(code: MediaErrorCode, what: string, advice: string) {
    super(`${what}; ${advice}`);
    this.code = code;
  }
}

/** Frames with their times, from a file or made on the spot. Shared by any number of players; it keeps no position. */
export interface MediaSource {
  readonly kind: Exclude<MediaClass, 'message'>;
  /** A value of `MEDIA`. */
  readonly media: number;
  /** Flags of every frame: of sound the sample format; video adds the key frame bit by itself. */
  readonly flags: number;
  /** Infinity for what is generated. */
  readonly frameCount: number;
  /** From the start of the first frame to the end of the last. */
  readonly durationMs: number;
  /** When frame `index` begins, from the start of the first. Grows with the index. */
  startMs(index: number): number;
  /** Decoding can begin there. Always true of sound. */
  isKeyFrame(index: number): boolean;
  /** Only valid until the next call. */
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

/** Frames in memory. Throws a MediaError when there is none, or none where decoding can begin. */
export class Clip implements MediaSource {
  readonly kind: MediaSource['kind'];
  readonly media: number;
  readonly flags: number;
  readonly durationMs: number;
  readonly #frames: readonly ClipFrame[];

  constructor({ kind, media, flags, durationMs, frames }: ClipOptions) {
    if (frames.length === 0) throw new MediaError('MEDIA_EMPTY', 'there is no frame', 'give at least one');
    if (!frames.some(({ keyFrame }) => keyFrame)) {
      throw new MediaError(
        'MEDIA_FORMAT',
        `none of the ${frames.length} pictures is a key frame`,
        'give a stream with at least one; a viewer could not begin anywhere',
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

/** Frames that all last equally long. */
export function evenlySpaced(
  frames: readonly { readonly data: Uint8Array; readonly keyFrame: boolean }[],
  framesPerSecond: number,
): { readonly frames: readonly ClipFrame[]; readonly durationMs: number } {
  return {
    frames: frames.map(({ data, keyFrame }, index) => ({ data, keyFrame, startMs: (index * 1000) / framesPerSecond })),
    durationMs: (frames.length * 1000) / framesPerSecond,
  };
}

/** Cut sound that has no frames of its own (A-law, PCM) into pieces of one length; the last may be shorter.
 *  Throws MediaError when there is none. */
export function splitSamples(file: Uint8Array, bytesPerFrame: number): readonly Uint8Array[] {
  if (file.length === 0) {
    throw new MediaError('MEDIA_EMPTY', 'the sound file is empty', 'give raw samples');
  }
  const frames: Uint8Array[] = [];
  for (let at = 0; at < file.length; at += bytesPerFrame) frames.push(file.subarray(at, at + bytesPerFrame));
  return frames;
}
