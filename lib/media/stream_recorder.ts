import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame } from '../types/index.js';
import { KEY_FRAME_FLAG, mediaClass } from '../wire/index.js';
import { type Container, containerFor } from './container.js';

const INDEX_HEADER = 'ts_ms,size_bytes,key_frame,arrival_ms,gap_ms\n';

interface Recording {
  readonly media: number;
  readonly flags: number;
  readonly container: Container;
  readonly file: number;
  readonly index: number;
}

/** Writes the frames of one stream to a file that can be played, and a line for each to a CSV index beside it. A stream that
 *  changes its format goes on in a further pair of files. Every frame is in its file when `add` returns. */
export class StreamRecorder {
  readonly #path: string;
  #recording: Recording | undefined;
  #count = 0;

  /** Files are `<folder>/<name>.<what it is>` and `<folder>/<name>.csv`. */
  constructor(folder: string, name: string) {
    this.#path = join(folder, name);
  }

  add(frame: Frame, arrivalMs: number, gapMs: number): void {
    const { container, file, index } = this.#recordingFor(frame);
    writeSync(file, container.add(frame, gapMs));
    const keyFrame = mediaClass(frame.media) === 'video' ? frame.flags & KEY_FRAME_FLAG : 0;
    writeSync(index, `${frame.timestampMs},${frame.data.length},${keyFrame},${arrivalMs.toFixed(1)},${gapMs}\n`);
  }

  close(): void {
    if (this.#recording === undefined) return;
    const { container, file, index } = this.#recording;
    this.#recording = undefined;
    writeSync(file, container.end());
    const head = container.head();
    if (head !== undefined) writeSync(file, head, 0, head.length, 0);
    closeSync(file);
    closeSync(index);
  }

  #recordingFor(frame: Frame): Recording {
    const isVideo = mediaClass(frame.media) === 'video';
    const flags = isVideo ? 0 : frame.flags;
    const current = this.#recording;
    if (current?.media === frame.media && current.flags === flags) return current;
    this.close();
    this.#count += 1;
    const path = this.#count === 1 ? this.#path : `${this.#path}-${this.#count}`;
    const container = containerFor(frame);
    const recording = {
      media: frame.media,
      flags,
      container,
      file: openSync(`${path}${container.extension}`, 'w'),
      index: openSync(`${path}.csv`, 'w'),
    };
    writeSync(recording.index, INDEX_HEADER);
    this.#recording = recording;
    return recording;
  }
}
