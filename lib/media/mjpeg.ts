import { MediaError } from './source.js';

/** Marker codes (ITU-T T.81 table B.1). */
const MARKER = {
  prefix: 0xff,
  soi: 0xd8,
  eoi: 0xd9,
  sos: 0xda,
  restart0: 0xd0,
  restart7: 0xd7,
  temporary: 0x01,
} as const;

/** Split a file of one or more JPEG pictures in a row. Segments are followed, so that the thumbnail inside a picture does not end
 *  it. Zero bytes between pictures are padding. The results are views into the file. */
export function splitJpegs(file: Uint8Array): readonly Uint8Array[] {
  if (file.length === 0) throw new MediaError('MEDIA_EMPTY', 'the MJPEG file is empty', 'use JPEG pictures in a row');
  const pictures: Uint8Array[] = [];
  for (let at = skipZeros(file, 0); at < file.length; at = skipZeros(file, at)) {
    if (file[at] !== MARKER.prefix || file[at + 1] !== MARKER.soi) {
      throw new MediaError(
        'MEDIA_FORMAT',
        `byte ${at} of the MJPEG file is not the start of picture ${pictures.length + 1} (ff d8)`,
        'use JPEG pictures in a row, for example by ffmpeg -i in.mp4 -f mjpeg out.mjpeg',
      );
    }
    const end = endOfPicture(file, at + 2);
    if (end === undefined) {
      throw new MediaError(
        'MEDIA_TRUNCATED',
        `the MJPEG file ends inside picture ${pictures.length + 1}, which begins at byte ${at}`,
        'create the file again, or cut it at the end of a picture',
      );
    }
    pictures.push(file.subarray(at, end));
    at = end;
  }
  if (pictures.length === 0) {
    throw new MediaError('MEDIA_EMPTY', 'the MJPEG file has no picture', 'use JPEG pictures in a row');
  }
  return pictures;
}

function skipZeros(file: Uint8Array, from: number): number {
  let at = from;
  while (file[at] === 0) at += 1;
  return at;
}

/** Returns the offset after the EOI of the picture whose first segment is at `from`; undefined if the file ends before it. */
function endOfPicture(file: Uint8Array, from: number): number | undefined {
  let at = from;
  while (at + 1 < file.length) {
    if (file[at] !== MARKER.prefix) return undefined;
    const marker = file[at + 1] ?? 0;
    if (marker === MARKER.eoi) return at + 2;
    if (marker === MARKER.prefix) at += 1; /* fill byte */
    else if (isStandalone(marker)) at += 2;
    else {
      const length = ((file[at + 2] ?? 0) << 8) | (file[at + 3] ?? 0);
      if (length < 2) return undefined;
      at += 2 + length;
      if (marker === MARKER.sos) at = endOfScan(file, at);
    }
  }
  return undefined;
}

/** Returns the end of entropy-coded data: a marker that is neither a stuffed ff (ff 00) nor a restart. */
function endOfScan(file: Uint8Array, from: number): number {
  for (let at = file.indexOf(MARKER.prefix, from); at >= 0; at = file.indexOf(MARKER.prefix, at + 1)) {
    const next = file[at + 1];
    if (next !== undefined && next !== 0 && next !== MARKER.prefix && !isRestart(next)) return at;
  }
  return file.length;
}

function isRestart(marker: number): boolean {
  return marker >= MARKER.restart0 && marker <= MARKER.restart7;
}

function isStandalone(marker: number): boolean {
  return isRestart(marker) || marker === MARKER.temporary;
}
