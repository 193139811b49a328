import { MediaError } from './source.js';

/** One page of an Ogg stream (RFC 3533 section 6). */
export interface OggPage {
  /** The first packet began on an earlier page. */
  readonly continued: boolean;
  readonly first: boolean;
  readonly last: boolean;
  /** Position at the end of the last packet that ends on this page; undefined if none does. */
  readonly granule: bigint | undefined;
  readonly serial: number;
  readonly sequence: number;
  /** Pieces of packets; if `unfinished`, the last one continues on the next page. */
  readonly pieces: readonly Uint8Array[];
  readonly unfinished: boolean;
}

const FLAG = { continued: 1, first: 2, last: 4 } as const;
const HEADER_BYTES = 27;
const CRC_OFFSET = 22;
const CRC_BYTES = 4;
const MAX_SEGMENT = 255;
const NO_GRANULE = 0xffff_ffff_ffff_ffffn;
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ ((crc >>> 31) * 0x04c1_1db7);
  return crc >>> 0;
});

/** Read the pages of a file in order. Throws a MediaError if other bytes are between them, a page is damaged, or the file ends
 *  inside a page. */
export function* readOggPages(file: Uint8Array): Generator<OggPage> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 0, number = 1; at < file.length; number++) {
    const where = `page ${number} of the Ogg file, at byte ${at}`;
    const short = (): MediaError => new MediaError('MEDIA_TRUNCATED', `${where}, is cut off`, 'create the file again');
    if (String.fromCharCode(...file.subarray(at, at + 4)) !== 'OggS') {
      const isCutOff = file.length - at < 4;
      throw isCutOff
        ? short()
        : new MediaError('MEDIA_FORMAT', `${where}, does not begin with OggS`, 'use an Ogg file');
    }
    if (at + HEADER_BYTES > file.length) throw short();
    const segments = file.subarray(at + HEADER_BYTES, at + HEADER_BYTES + view.getUint8(at + 26));
    const bodyStart = at + HEADER_BYTES + segments.length;
    const end = bodyStart + segments.reduce((sum, length) => sum + length, 0);
    if (segments.length < view.getUint8(at + 26) || end > file.length) throw short();
    if (view.getUint8(at + 4) !== 0 || pageCrc(file.subarray(at, end)) !== view.getUint32(at + CRC_OFFSET, true)) {
      throw new MediaError('MEDIA_FORMAT', `${where}, is damaged: its checksum is wrong`, 'create the file again');
    }
    const flags = view.getUint8(at + 5);
    const granule = view.getBigUint64(at + 6, true);
    yield {
      continued: (flags & FLAG.continued) !== 0,
      first: (flags & FLAG.first) !== 0,
      last: (flags & FLAG.last) !== 0,
      granule: granule === NO_GRANULE ? undefined : granule,
      serial: view.getUint32(at + 14, true),
      sequence: view.getUint32(at + 18, true),
      pieces: piecesOf(file.subarray(bodyStart, end), segments),
      unfinished: segments.at(-1) === MAX_SEGMENT,
    };
    at = end;
  }
}

function piecesOf(body: Uint8Array, segments: Uint8Array): readonly Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let start = 0;
  let end = 0;
  for (const [index, length] of segments.entries()) {
    end += length;
    if (length === MAX_SEGMENT && index < segments.length - 1) continue;
    pieces.push(body.subarray(start, end));
    start = end;
  }
  return pieces;
}

/** Returns a page with one whole packet of at most 65024 bytes, or with none. */
export function encodeOggPage(
  page: Pick<OggPage, 'first' | 'last' | 'serial' | 'sequence'> & { readonly granule: bigint },
  packet: Uint8Array | undefined,
): Uint8Array {
  const length = packet?.length ?? 0;
  const segments = packet === undefined ? 0 : Math.floor(length / MAX_SEGMENT) + 1;
  if (segments > MAX_SEGMENT) throw new RangeError(`a packet of ${length} bytes does not fit an Ogg page`);
  const bytes = new Uint8Array(HEADER_BYTES + segments + length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x4f, 0x67, 0x67, 0x53, 0, (page.first ? FLAG.first : 0) | (page.last ? FLAG.last : 0)]);
  view.setBigUint64(6, page.granule, true);
  view.setUint32(14, page.serial, true);
  view.setUint32(18, page.sequence, true);
  bytes[26] = segments;
  if (packet !== undefined) {
    bytes.fill(MAX_SEGMENT, HEADER_BYTES, HEADER_BYTES + segments - 1);
    bytes[HEADER_BYTES + segments - 1] = length % MAX_SEGMENT;
    bytes.set(packet, HEADER_BYTES + segments);
  }
  view.setUint32(CRC_OFFSET, pageCrc(bytes), true);
  return bytes;
}

/** Returns the checksum of a page, whose checksum field counts as zero. */
function pageCrc(page: Uint8Array): number {
  const before = oggCrc(page.subarray(0, CRC_OFFSET));
  return oggCrc(page.subarray(CRC_OFFSET + CRC_BYTES), oggCrc(new Uint8Array(CRC_BYTES), before));
}

/** CRC with polynomial 0x04c11db7, highest bit first, not inverted; `crc` is that of the bytes before. */
export function oggCrc(bytes: Uint8Array, crc = 0): number {
  let sum = crc;
  for (const byte of bytes) sum = (sum << 8) ^ (CRC_TABLE[(sum >>> 24) ^ byte] ?? 0);
  return sum >>> 0;
}

/** Opus (RFC 6716) counts time in samples at 48 kHz, whatever the rate of the recording. */
export const OPUS_SAMPLES_PER_MS = 48;
const MAX_PACKET_SAMPLES = 120 * OPUS_SAMPLES_PER_MS;

/** Frame sizes by configuration (table 2), in samples. */
const SILK = [480, 960, 1920, 2880];
const HYBRID = [480, 960];
const CELT = [120, 240, 480, 960];

/** Returns the length of a packet from its first bytes (sections 3.1 and 3.2); 0 if it is not an Opus packet. */
export function opusPacketSamples(packet: Uint8Array): number {
  const [toc, count = 0] = packet;
  if (toc === undefined) return 0;
  const code = toc & 3;
  if (code === 3 && packet.length < 2) return 0;
  const frames = code === 0 ? 1 : code === 3 ? count & 0x3f : 2;
  const samples = frames * frameSamples(toc >> 3);
  return samples <= MAX_PACKET_SAMPLES ? samples : 0;
}

export function isOpusStereo(packet: Uint8Array): boolean {
  return ((packet[0] ?? 0) & 4) !== 0;
}

function frameSamples(config: number): number {
  if (config < 12) return SILK[config % 4] ?? 0;
  if (config < 16) return HYBRID[config % 2] ?? 0;
  return CELT[config % 4] ?? 0;
}
