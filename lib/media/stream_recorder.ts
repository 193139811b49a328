import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame } from '../types/index.js';
import { KEY_FRAME_FLAG, MEDIA, mediaClass } from '../wire/index.js';
import { OggOpusWriter } from './ogg_opus.js';
import { isOpusStereo, OPUS_SAMPLES_PER_MS } from './ogg_page.js';
import { sampleFormat, wavHeader } from './wav.js';

/** Makes a playable file out of frames. */
interface Container {
  readonly extension: string;
  /** Returns the bytes that a frame adds to the file. `gapMs` of media are missing before it. */
  readonly add: (frame: Frame, gapMs: number) => Uint8Array;
  /** Returns the bytes after the last frame. */
  readonly end?: () => Uint8Array;
  /** Returns the bytes that replace the beginning of the complete file. */
  readonly head?: () => Uint8Array;
}

/** Formats that are plain sequences of frames. AAC and AMR play if the sender put ADTS or file headers into its frames. */
const EXTENSIONS: ReadonlyMap<number, string> = new Map([
  [MEDIA.ALAW, '.alaw'],
  [MEDIA.AAC, '.aac'],
  [MEDIA.AMR, '.amr'],
  [MEDIA.JPEG, '.mjpeg'],
  [MEDIA.H264, '.h264'],
  [MEDIA.H265, '.h265'],
]);

const USUAL_PRE_SKIP = 312;
const INDEX_HEADER = 'ts_ms,size_bytes,key_frame,arrival_ms,gap_ms\n';

/** Returns a container for frames like this one. */
function containerFor(frame: Frame): Container {
  if (frame.media === MEDIA.PCM) return wavContainer(frame);
  if (frame.media === MEDIA.OPUS) return oggContainer(frame);
  return { extension: EXTENSIONS.get(frame.media) ?? '.bin', add: ({ data }) => data };
}

/** Its header first has an unknown length, so that an unfinished file can be played too. */
function wavContainer({ flags }: Frame): Container {
  let bytes = 0;
  let start = wavHeader(flags, undefined);
  return {
    extension: '.wav',
    add: ({ data }) => {
      bytes += data.length;
      const added = Buffer.concat([start, data]);
      start = new Uint8Array(0);
      return added;
    },
    head: () => wavHeader(flags, bytes),
  };
}

function oggContainer({ stream, flags, data: first }: Frame): Container {
  const writer = new OggOpusWriter(stream + 1);
  const channels = isOpusStereo(first) ? 2 : 1;
  let start = writer.begin({ channels, preSkip: USUAL_PRE_SKIP, inputSampleRate: sampleFormat(flags).rate });
  return {
    extension: '.opus',
    add: ({ data }, gapMs) => {
      const bytes = Buffer.concat([start, writer.packet(data, gapMs * OPUS_SAMPLES_PER_MS)]);
      start = new Uint8Array(0);
      return bytes;
    },
    end: () => writer.finish(),
  };
}

interface Recording {
  readonly media: number;
  readonly flags: number;
  readonly container: Container;
  readonly file: number;
  readonly index: number;
}

/** Writes the frames of one stream to a playable file, and a line for each frame to a CSV index beside it. A stream that changes
 *  its format continues in another pair of files. Every frame is in its file when `add` returns. */
export class StreamRecorder {
  readonly #path: string;
  #recording: Recording | undefined;
  #count = 0;

  /** The files are `<folder>/<name>.<extension>` and `<folder>/<name>.csv`. */
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
    if (container.end !== undefined) writeSync(file, container.end());
    const head = container.head?.();
    if (head !== undefined) writeSync(file, head, 0, head.length, 0);
    closeSync(file);
    closeSync(index);
  }

  #recordingFor(frame: Frame): Recording {
    const { media } = frame;
    const flags = mediaClass(media) === 'video' ? 0 : frame.flags;
    if (this.#recording?.media === media && this.#recording.flags === flags) return this.#recording;
    this.close();
    this.#count += 1;
    const path = this.#count === 1 ? this.#path : `${this.#path}-${this.#count}`;
    const container = containerFor(frame);
    const file = openSync(`${path}${container.extension}`, 'w');
    this.#recording = { media, flags, container, file, index: openSync(`${path}.csv`, 'w') };
    writeSync(this.#recording.index, INDEX_HEADER);
    return this.#recording;
  }
}
