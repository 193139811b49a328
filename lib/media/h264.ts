import { MediaError } from './media_error.js';

/** One picture of an H.264 byte stream, with everything that belongs before it (delimiter, parameter sets, SEI). */
export interface AccessUnit {
  /** Annex-B, start codes included; a view into the file. All units of a file one after another are the file. */
  readonly data: Uint8Array;
  /** An IDR picture: decoding can begin here. */
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
  /** Where its start code begins, leading zero included. */
  readonly start: number;
  readonly type: number;
  /** Of a slice: it begins a new picture (first_mb_in_slice is 0, 7.3.3). */
  readonly firstSlice: boolean;
}

/** Cut an Annex-B file (ITU-T H.264 annex B) into access units (7.4.1.2.3), with 3-byte and 4-byte start codes alike.
 *  Throws MediaError when it is empty, does not begin with a start code, or holds no picture. */
export function splitAccessUnits(file: Uint8Array): readonly AccessUnit[] {
  if (file.length === 0) throw new MediaError('MEDIA_EMPTY', 'the H.264 file is empty', 'give an Annex-B byte stream');
  const units = [...nalUnits(file)];
  if (units[0]?.start !== 0) {
    throw new MediaError(
      'MEDIA_FORMAT',
      'the file does not begin with an H.264 start code (00 00 01)',
      'give an Annex-B byte stream, for example by ffmpeg -i in.mp4 -c copy -bsf:v h264_mp4toannexb out.h264',
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
    throw new MediaError('MEDIA_EMPTY', 'the H.264 file holds no picture', 'give a stream with at least one slice');
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

/** Where the next 00 00 01 begins, or -1. */
function nextStartCode(file: Uint8Array, from: number): number {
  for (let at = file.indexOf(1, from + 2); at >= 0; at = file.indexOf(1, at + 1)) {
    if (file[at - 1] === 0 && file[at - 2] === 0) return at - 2;
  }
  return -1;
}
