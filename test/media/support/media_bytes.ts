import { opusHeaders } from '../../../lib/media/ogg_opus.js';
import { encodeOggPage, type OggPage } from '../../../lib/media/ogg_page.js';

/** Media files made of bytes. */

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

const IDR = 0x65;
const SLICE = 0x41;
const FIRST_SLICE_BIT = 0x80;

/** Annex B with a key frame every `keyInterval` pictures. The fourth byte after the start code is the number of the picture. */
export function h264(pictures: number, keyInterval: number, first = 0): Uint8Array {
  const units = Array.from({ length: pictures }, (_, index) => [
    ...[0, 0, 0, 1, (index + first) % keyInterval === 0 ? IDR : SLICE, FIRST_SLICE_BIT, 0x10 + index, 0x55],
  ]);
  return Uint8Array.from(units.flat());
}

export interface WavFields {
  readonly tag?: number;
  readonly channels?: number;
  readonly rate?: number;
  readonly bits?: number;
  readonly dataLength?: number;
  readonly before?: readonly Uint8Array[];
  readonly extensible?: boolean;
}

export function chunk(name: string, body: Uint8Array, length = body.length): Uint8Array {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(length);
  return Buffer.concat([bytesOf(name), size, body, Buffer.alloc(body.length & 1)]);
}

export function wav(samples: Uint8Array, fields: WavFields = {}): Uint8Array {
  const { tag = 1, channels = 1, rate = 8000, bits = 16, dataLength, before = [], extensible = false } = fields;
  const format = Buffer.alloc(extensible ? 40 : 16);
  format.writeUInt16LE(extensible ? 0xfffe : tag, 0);
  format.writeUInt16LE(channels, 2);
  format.writeUInt32LE(rate, 4);
  format.writeUInt32LE((rate * channels * bits) / 8, 8);
  format.writeUInt16LE((channels * bits) / 8, 12);
  format.writeUInt16LE(bits, 14);
  if (extensible) format.writeUInt16LE(tag, 24);
  const chunks = [...before, chunk('fmt ', format), chunk('data', samples, dataLength)];
  return Buffer.concat([chunk('RIFF', Buffer.concat([bytesOf('WAVE'), ...chunks]))]);
}

/** A JPEG with a thumbnail that has its own end marker. */
export function jpeg(number: number): Uint8Array {
  const thumbnail = [0xff, 0xe1, 0, 8, 0xff, 0xd8, number, number, 0xff, 0xd9];
  const scan = [0xff, 0xda, 0, 3, 0, number, 0xff, 0x00, 0xff, 0xd0, number];
  return Uint8Array.from([0xff, 0xd8, ...thumbnail, 0xff, 0xff, 0xfe, 0, 3, 7, ...scan, 0xff, 0xd9]);
}

/** An Opus packet of 20 ms (CELT, one frame). */
export function opusPacket(content: number, size = 10): Uint8Array {
  return Uint8Array.from([(31 << 3) | 0, ...Array.from({ length: size - 1 }, () => content)]);
}

export function oggPage(
  sequence: number,
  granule: number,
  packet: Uint8Array | undefined,
  fields: Partial<Pick<OggPage, 'first' | 'last' | 'serial'>> = {},
): Uint8Array {
  const page = { first: sequence === 0, last: false, serial: 7, sequence, granule: BigInt(granule), ...fields };
  return encodeOggPage(page, packet);
}

export function oggHeaderPages(channels = 1, preSkip = 312): Uint8Array {
  const [head, tags] = opusHeaders({ channels, preSkip, inputSampleRate: 16_000 });
  return Buffer.concat([oggPage(0, 0, head), oggPage(1, 0, tags)]);
}
