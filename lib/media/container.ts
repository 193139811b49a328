import type { Frame } from '../types/index.js';
import { MEDIA } from '../wire/index.js';
import { isOpusStereo, OggOpusWriter, OPUS_SAMPLES_PER_MS, sampleFormat, wavHeader } from './index.js';

/** Makes a file that programs can play out of frames. */
export interface Container {
  readonly extension: string;
  /** The bytes of the file that this frame adds. `gapMs` of media are missing before it. */
  add(frame: Frame, gapMs: number): Uint8Array;
  /** What is behind the last frame. */
  end(): Uint8Array;
  /** What replaces the beginning of the file once it is whole. */
  head(): Uint8Array | undefined;
}

/** Formats that are their frames in a row. AAC and AMR are written as they come: they play when the sender put ADTS headers or
 *  file headers into its frames. */
const EXTENSIONS: ReadonlyMap<number, string> = new Map([
  [MEDIA.ALAW, '.alaw'],
  [MEDIA.AAC, '.aac'],
  [MEDIA.AMR, '.amr'],
  [MEDIA.JPEG, '.mjpeg'],
  [MEDIA.H264, '.h264'],
  [MEDIA.H265, '.h265'],
]);

const NOTHING = new Uint8Array(0);
const NORMAL_PRE_SKIP = 312;

/** The container for frames like this one. */
export function containerFor({ media, flags, stream, data }: Frame): Container {
  if (media === MEDIA.PCM) return new Wav(flags);
  if (media === MEDIA.OPUS) return new OggOpus(stream, flags, data);
  return new Plain(EXTENSIONS.get(media) ?? '.bin');
}

class Plain implements Container {
  readonly extension: string;

  constructor(extension: string) {
    this.extension = extension;
  }

  add(frame: Frame): Uint8Array {
    return frame.data;
  }

  end(): Uint8Array {
    return NOTHING;
  }

  head(): undefined {}
}

/** Its header is written first with an unknown length, so that a file that was not finished can be played too. */
class Wav implements Container {
  readonly extension = '.wav';
  readonly #flags: number;
  #bytes = 0;
  #begun = false;

  constructor(flags: number) {
    this.#flags = flags;
  }

  add({ data }: Frame): Uint8Array {
    this.#bytes += data.length;
    if (this.#begun) return data;
    this.#begun = true;
    return Buffer.concat([wavHeader(this.#flags, undefined), data]);
  }

  end(): Uint8Array {
    return NOTHING;
  }

  head(): Uint8Array {
    return wavHeader(this.#flags, this.#bytes);
  }
}

class OggOpus implements Container {
  readonly extension = '.opus';
  readonly #writer: OggOpusWriter;
  #start: Uint8Array | undefined;

  constructor(stream: number, flags: number, first: Uint8Array) {
    this.#writer = new OggOpusWriter(stream + 1);
    const channels = isOpusStereo(first) ? 2 : 1;
    const head = { channels, preSkip: NORMAL_PRE_SKIP, inputSampleRate: sampleFormat(flags).rate };
    this.#start = this.#writer.begin(head);
  }

  add({ data }: Frame, gapMs: number): Uint8Array {
    const page = this.#writer.packet(data, gapMs * OPUS_SAMPLES_PER_MS);
    const bytes = this.#start === undefined ? page : Buffer.concat([this.#start, page]);
    this.#start = undefined;
    return bytes;
  }

  end(): Uint8Array {
    return this.#writer.finish();
  }

  head(): undefined {}
}
