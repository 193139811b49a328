import { type FileHandle, open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type Frame, KEY_FRAME_FLAG, MEDIA } from 'tirtc-emulator';

export interface RotatingFileOptions {
  readonly folder: string;
  /** The prefix of the file names: `video-0`. */
  readonly name: string;
  /** Media time after which another file begins. */
  readonly seconds: number;
  /** Number of files with this prefix to keep; older ones are deleted. */
  readonly keep: number;
}

/** Media formats that can be played when frames are written one after another. */
const EXTENSIONS: Readonly<Record<number, string>> = {
  [MEDIA.PCM]: 'pcm',
  [MEDIA.ALAW]: 'alaw',
  [MEDIA.JPEG]: 'mjpeg',
  [MEDIA.H264]: 'h264',
  [MEDIA.H265]: 'h265',
};

/** Writes frames to consecutive files, each of which can be played alone: video begins with a key frame. */
export class RotatingFile {
  readonly #options: RotatingFileOptions;
  #file: FileHandle | undefined;
  #media = 0;
  #beginMs = 0;
  #nameMs = 0;

  constructor(options: RotatingFileOptions) {
    this.#options = options;
  }

  /** Appends a frame, to a new file when it is time. Resolves with the path of a new file. */
  async write(frame: Frame): Promise<string | undefined> {
    const begun = this.#isTimeFor(frame) ? await this.#begin(frame) : undefined;
    await this.#file?.appendFile(frame.data);
    return begun;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  #isTimeFor({ media, flags, timestampMs }: Frame): boolean {
    const isVideo = media >= MEDIA.JPEG;
    if (isVideo && (flags & KEY_FRAME_FLAG) === 0) return false;
    const recordedMs = (timestampMs - this.#beginMs) >>> 0; // timestamps wrap at 2^32
    return this.#file === undefined || media !== this.#media || recordedMs >= this.#options.seconds * 1000;
  }

  async #begin({ media, timestampMs }: Frame): Promise<string> {
    await this.close();
    const { folder, name } = this.#options;
    const extension = EXTENSIONS[media];
    if (extension === undefined)
      throw new Error(`${name} has media format ${media}, which needs a container: record another format`);
    this.#nameMs = Math.max(this.#nameMs + 1, Date.now()); // unique and sorted by age, even if the clock is set back
    const time = new Date(this.#nameMs).toISOString().replaceAll(':', '-');
    const path = join(folder, `${name}-${time}.${extension}`);
    this.#file = await open(path, 'wx', 0o640);
    this.#media = media;
    this.#beginMs = timestampMs;
    await this.#removeOld();
    return path;
  }

  async #removeOld(): Promise<void> {
    const { folder, name, keep } = this.#options;
    const files = await readdir(folder);
    const own = files.filter((file) => file.startsWith(`${name}-20`)).sort();
    for (const file of own.slice(0, -keep)) await unlink(join(folder, file));
  }
}
