import { MediaError } from './source.js';

/** One picture of an H.264 byte stream, with the NAL units before it (delimiter, parameter sets, SEI). */
export interface AccessUnit {
  /** Annex B with start codes; a view into the file. The units of a file, one after another, are the file. */
  readonly data: Uint8Array;
  /** It is an IDR picture, where decoding can begin. */
  readonly keyFrame: boolean;
}

/** NAL unit types (ITU-T H.264 table 7-1). */
const NAL = {
  slice: 1,
  partitionA: 2,
  idr: 5,
  sei: 6,
  sps: 7,
  pps: 8,
  delimiter: 9,
  prefix: 14,
  reserved18: 18,
} as const;

interface NalUnit {
  /** The offset of its start code, with the leading zero. */
  readonly start: number;
  readonly type: number;
  /** It is the first slice of a picture (first_mb_in_slice is 0, 7.3.3). */
  readonly firstSlice: boolean;
}

/** Split an Annex B file (ITU-T H.264 annex B) into access units (7.4.1.2.3). Start codes have 3 or 4 bytes. Throws a MediaError
 *  if it is empty, does not begin with a start code, or has no picture. */
export function splitAccessUnits(file: Uint8Array): readonly AccessUnit[] {
  if (file.length === 0) throw new MediaError('MEDIA_EMPTY', 'the H.264 file is empty', 'use an Annex B byte stream');
  const units = [...nalUnits(file)];
  if (units[0]?.start !== 0) {
    throw new MediaError(
      'MEDIA_FORMAT',
      'the file does not begin with an H.264 start code (00 00 01)',
      'use an Annex B byte stream, for example by ffmpeg -i in.mp4 -c copy -bsf:v h264_mp4toannexb out.h264',
    );
  }
  const pictures: AccessUnit[] = [];
  let start = 0;
  let slices = 0;
  let keyFrame = false;
  const cut = (end: number) => pictures.push({ data: file.subarray(start, end), keyFrame });
  for (const unit of units) {
    if (slices > 0 && beginsAccessUnit(unit)) {
      cut(unit.start);
      start = unit.start;
      slices = 0;
      keyFrame = false;
    }
    if (unit.type >= NAL.slice && unit.type <= NAL.idr) {
      slices += 1;
      keyFrame ||= unit.type === NAL.idr;
    }
  }
  if (slices > 0) cut(file.length);
  if (pictures.length === 0) {
    throw new MediaError('MEDIA_EMPTY', 'the H.264 file has no picture', 'use a stream with at least one slice');
  }
  return pictures;
}

function beginsAccessUnit(unit: NalUnit): boolean {
  if (unit.type >= NAL.slice && unit.type <= NAL.idr) return unit.firstSlice;
  return (
    (unit.type >= NAL.sei && unit.type <= NAL.delimiter) || (unit.type >= NAL.prefix && unit.type <= NAL.reserved18)
  );
}

function* nalUnits(file: Uint8Array): Generator<NalUnit> {
  for (let at = nextStartCode(file, 0); at >= 0; at = nextStartCode(file, at + 3)) {
    const header = file[at + 3];
    if (header === undefined) return;
    const type = header & 0x1f;
    const isSlice = type === NAL.slice || type === NAL.partitionA || type === NAL.idr;
    // first_mb_in_slice is the first ue(v) of a slice: 0 is the single bit 1.
    const firstSlice = isSlice && ((file[at + 4] ?? 0) & 0x80) !== 0;
    yield { start: at > 0 && file[at - 1] === 0 ? at - 1 : at, type, firstSlice };
  }
}

/** Returns the offset of the next 00 00 01, or -1. */
function nextStartCode(file: Uint8Array, from: number): number {
  for (let at = file.indexOf(1, from + 2); at >= 0; at = file.indexOf(1, at + 1)) {
    if (file[at - 1] === 0 && file[at - 2] === 0) return at - 2;
  }
  return -1;
}

/** Returns the frames per second in the first sequence parameter set of an Annex B file (ITU-T H.264 7.3.2.1.1 and E.1.1);
 *  undefined if it has none, as in many streams. */
export function h264FrameRate(file: Uint8Array): number | undefined {
  for (let at = file.indexOf(1); at >= 0; at = file.indexOf(1, at + 1)) {
    const isStartCode = at >= 2 && file[at - 1] === 0 && file[at - 2] === 0;
    if (isStartCode && ((file[at + 1] ?? 0) & 0x1f) === SEQUENCE_PARAMETER_SET) {
      return rateOf(new BitReader(withoutEmulation(file.subarray(at + 2, at + 2 + MAX_BYTES))));
    }
  }
  return undefined;
}

const SEQUENCE_PARAMETER_SET = 7;
/** Longer than any parameter set. */
const MAX_BYTES = 1024;
const HIGH_PROFILES: readonly number[] = [100, 110, 122, 244, 44, 83, 86, 118, 128];
const EXTENDED_SAMPLE_ASPECT = 255;
const MAX_FRAMES_PER_SECOND = 300;

function rateOf(bits: BitReader): number | undefined {
  const profile = bits.read(8);
  bits.read(16);
  bits.exponential(); /* seq_parameter_set_id */
  if (HIGH_PROFILES.includes(profile)) skipHighProfile(bits);
  bits.exponential(); /* log2_max_frame_num */
  skipPictureOrder(bits);
  bits.exponential(); /* max_num_ref_frames */
  bits.read(1);
  bits.exponential(); /* width */
  bits.exponential(); /* height */
  if (bits.read(1) === 0) bits.read(1); /* frame_mbs_only, else mb_adaptive_frame_field */
  bits.read(1);
  if (bits.read(1) === 1) for (let side = 0; side < 4; side++) bits.exponential(); /* cropping */
  return bits.read(1) === 1 ? rateOfUsability(bits) : undefined;
}

function rateOfUsability(bits: BitReader): number | undefined {
  if (bits.read(1) === 1 && bits.read(8) === EXTENDED_SAMPLE_ASPECT) bits.read(32);
  if (bits.read(1) === 1) bits.read(1); /* overscan */
  if (bits.read(1) === 1) {
    bits.read(4); /* video format, full range */
    if (bits.read(1) === 1) bits.read(24);
  }
  if (bits.read(1) === 1) {
    bits.exponential();
    bits.exponential(); /* chroma location */
  }
  if (bits.read(1) === 0) return undefined;
  const unitsInTick = bits.read(32);
  const timeScale = bits.read(32);
  const rate = timeScale / (2 * unitsInTick);
  return !bits.isPastEnd && rate > 0 && rate <= MAX_FRAMES_PER_SECOND ? rate : undefined;
}

function skipHighProfile(bits: BitReader): void {
  if (bits.exponential() === 3) bits.read(1);
  bits.exponential();
  bits.exponential();
  bits.read(1);
  if (bits.read(1) === 0) return;
  for (let list = 0; list < 8; list++) if (bits.read(1) === 1) skipScalingList(bits, list < 6 ? 16 : 64);
}

/** 7.3.2.1.1.1. */
function skipScalingList(bits: BitReader, size: number): void {
  let last = 8;
  for (let index = 0, next = 8; index < size && next !== 0; index++) {
    next = (last + bits.signedExponential() + 256) % 256;
    if (next !== 0) last = next;
  }
}

function skipPictureOrder(bits: BitReader): void {
  const type = bits.exponential();
  if (type === 0) bits.exponential();
  if (type !== 1) return;
  bits.read(1);
  bits.exponential();
  bits.exponential();
  const count = Math.min(bits.exponential(), 255);
  for (let index = 0; index < count; index++) bits.exponential();
}

/** Returns bytes without emulation prevention: 00 00 03 encodes 00 00 (7.4.1). */
function withoutEmulation(bytes: Uint8Array): Uint8Array {
  return bytes.filter((byte, at) => !(byte === 3 && at >= 2 && bytes[at - 1] === 0 && bytes[at - 2] === 0));
}

/** Reads bits, the highest first; after the end it reads zeros. */
class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isPastEnd(): boolean {
    return this.#at > this.#bytes.length * 8;
  }

  read(count: number): number {
    let value = 0;
    for (let bit = 0; bit < count; bit++, this.#at++) {
      value = value * 2 + (((this.#bytes[this.#at >> 3] ?? 0) >> (7 - (this.#at & 7))) & 1);
    }
    return value;
  }

  /** ue(v), 9.1. */
  exponential(): number {
    let zeros = 0;
    while (zeros < 32 && this.read(1) === 0) zeros += 1;
    return 2 ** zeros - 1 + this.read(zeros);
  }

  /** se(v). */
  signedExponential(): number {
    const code = this.exponential();
    return code % 2 === 0 ? -code / 2 : (code + 1) / 2;
  }
}
