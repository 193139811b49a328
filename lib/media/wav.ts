import { MEDIA } from '../wire/index.js';
import { MediaError } from './source.js';

/** The audio of a WAV file in a form that can be sent. */
export interface WavSound {
  readonly media: number;
  /** TIRTC_AUDIOSAMPLE_*: bit 0 means 16 kHz instead of 8, bit 1 means stereo. */
  readonly flags: number;
  readonly bytesPerSecond: number;
  readonly bytesPerSample: number;
  /** A view into the file. */
  readonly samples: Uint8Array;
}

const FORMAT_PCM = 1;
const FORMAT_ALAW = 6;
const FORMAT_EXTENSIBLE = 0xfffe;
const CHUNK_HEADER_BYTES = 8;
const FORMAT_BYTES = 16;
/** Where the extensible form has the real format. */
const SUB_FORMAT_OFFSET = 24;
const UNKNOWN_LENGTH = 0xffff_ffff;
/** Lengths from writers that cannot seek. */
const UNKNOWN_LENGTHS: readonly number[] = [0, UNKNOWN_LENGTH];
const ADVICE = 'use 8 or 16 kHz, mono or stereo, 16-bit PCM, for example by ffmpeg -i in -ar 16000 -ac 1 out.wav';

interface WavFormat {
  readonly tag: number;
  readonly channels: number;
  readonly rate: number;
  readonly bits: number;
}

/** Read a WAV file (RIFF WAVE): 16-bit PCM or A-law, at the rates that the flags of frames can express. */
export function parseWav(file: Uint8Array): WavSound {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (textAt(file, 0) !== 'RIFF' || textAt(file, 8) !== 'WAVE') {
    throw new MediaError('MEDIA_FORMAT', 'the file does not begin with RIFF and WAVE', ADVICE);
  }
  let format: WavFormat | undefined;
  for (let at = 12; at + CHUNK_HEADER_BYTES <= file.length; ) {
    const name = textAt(file, at);
    const length = view.getUint32(at + 4, true);
    const start = at + CHUNK_HEADER_BYTES;
    if (name === 'data') return sound(format, dataOf(file, start, length));
    if (start + length > file.length)
      throw truncated(`the chunk "${name}" has a length of ${length} bytes`, file.length - start);
    if (name === 'fmt ') format = readFormat(view, start, length);
    at = start + length + (length & 1);
  }
  throw new MediaError('MEDIA_TRUNCATED', 'the WAV file has no "data" chunk', 'create the file again');
}

function readFormat(view: DataView, start: number, length: number): WavFormat {
  if (length < FORMAT_BYTES) throw new MediaError('MEDIA_FORMAT', `the "fmt " chunk has ${length} bytes`, ADVICE);
  const tag = view.getUint16(start, true);
  const isExtensible = tag === FORMAT_EXTENSIBLE && length >= SUB_FORMAT_OFFSET + 2;
  return {
    tag: isExtensible ? view.getUint16(start + SUB_FORMAT_OFFSET, true) : tag,
    channels: view.getUint16(start + 2, true),
    rate: view.getUint32(start + 4, true),
    bits: view.getUint16(start + 14, true),
  };
}

function dataOf(file: Uint8Array, start: number, length: number): Uint8Array {
  if (start + length <= file.length && length !== 0) return file.subarray(start, start + length);
  if (UNKNOWN_LENGTHS.includes(length)) return file.subarray(start);
  throw truncated(`the chunk "data" has a length of ${length} bytes`, file.length - start);
}

function sound(format: WavFormat | undefined, samples: Uint8Array): WavSound {
  if (format === undefined) throw new MediaError('MEDIA_FORMAT', 'there is no "fmt " chunk before "data"', ADVICE);
  const { tag, channels, rate, bits } = format;
  const isPcm = tag === FORMAT_PCM && bits === 16;
  const isAlaw = tag === FORMAT_ALAW && bits === 8;
  if ((!isPcm && !isAlaw) || (rate !== 8000 && rate !== 16_000) || (channels !== 1 && channels !== 2)) {
    const what = `format ${tag}, ${bits} bits, ${rate} Hz, ${channels} channels cannot be sent`;
    throw new MediaError('MEDIA_FORMAT', what, ADVICE);
  }
  const bytesPerSample = (bits / 8) * channels;
  if (samples.length === 0) throw new MediaError('MEDIA_EMPTY', 'the WAV file has no samples', 'use a file with audio');
  if (samples.length % bytesPerSample !== 0) {
    throw truncated(`a sample has ${bytesPerSample} bytes`, samples.length % bytesPerSample);
  }
  return {
    media: isPcm ? MEDIA.PCM : MEDIA.ALAW,
    flags: sampleFlags(rate, channels),
    bytesPerSecond: rate * bytesPerSample,
    bytesPerSample,
    samples,
  };
}

/** Returns TIRTC_AUDIOSAMPLE_* flags. */
export function sampleFlags(rate: number, channels: number): number {
  return (rate === 8000 ? 0 : 1) | (channels === 1 ? 0 : 2);
}

/** Returns the format in TIRTC_AUDIOSAMPLE_* flags. */
export function sampleFormat(flags: number): { readonly rate: number; readonly channels: number } {
  return { rate: (flags & 1) === 0 ? 8000 : 16_000, channels: (flags & 2) === 0 ? 1 : 2 };
}

function textAt(file: Uint8Array, at: number): string {
  return String.fromCharCode(...file.subarray(at, at + 4));
}

function truncated(what: string, remaining: number): MediaError {
  return new MediaError('MEDIA_TRUNCATED', `${what}, ${remaining} remain in the WAV file`, 'create the file again');
}

/** Returns the 44 bytes before the samples of a WAV file of 16-bit PCM; without `dataBytes` the length is marked as unknown. */
export function wavHeader(flags: number, dataBytes: number | undefined): Uint8Array {
  const { rate, channels } = sampleFormat(flags);
  const header = Buffer.alloc(44);
  header.write('RIFF....WAVEfmt ', 'latin1');
  header.writeUInt32LE(dataBytes === undefined ? UNKNOWN_LENGTH : dataBytes + 36, 4);
  header.writeUInt32LE(FORMAT_BYTES, 16);
  header.writeUInt16LE(FORMAT_PCM, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * channels * 2, 28);
  header.writeUInt16LE(channels * 2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(dataBytes ?? UNKNOWN_LENGTH, 40);
  return header;
}
