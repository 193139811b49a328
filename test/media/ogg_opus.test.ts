import { describe, expect, it } from 'vitest';
import { MediaError, OggOpusWriter, opusPacketSamples, parseMedia, parseOggOpus } from '../../lib/media/index.js';
import { oggCrc, readOggPages } from '../../lib/media/ogg_page.js';
import { MEDIA } from '../../lib/wire/index.js';
import { bytesOf, oggHeaderPages, oggPage, opusPacket } from './support/media_bytes.js';

const codeOf = (file: Uint8Array): string => {
  try {
    parseOggOpus(file);
  } catch (error) {
    if (error instanceof MediaError) return error.code;
    throw error;
  }
  return 'none';
};

/** Twenty milliseconds in samples. */
const FRAME = 960;

describe('the time of an Opus packet', () => {
  it.each([
    [[0x00], 480],
    [[0x18], 2880],
    [[0x60], 480],
    [[0x80], 120],
    [[0xf8], 960],
    [[0xf9], 1920],
    [[0xfa, 1], 1920],
    [[0xfb, 3], 2880],
    [[0xfb, 0x83], 2880],
    [[0xfb, 6], 5760],
    [[0xfb, 7], 0],
    [[0xfb], 0],
    [[], 0],
  ])('%j is %i samples', (packet, samples) => {
    expect(opusPacketSamples(Uint8Array.from(packet))).toBe(samples);
  });
});

describe('Opus in Ogg', () => {
  it('has the checksum that the CRC catalogue lists for its polynomial', () => {
    expect(oggCrc(bytesOf('123456789'))).toBe(0x89a1_897f);
  });

  it('is read as it was written, including silence', () => {
    const writer = new OggOpusWriter(99);
    const packets = [opusPacket(1), opusPacket(2, 255), opusPacket(3, 600)];
    const file = Buffer.concat([
      writer.begin({ channels: 2, preSkip: 312, inputSampleRate: 16_000 }),
      ...packets.map((packet, index) => writer.packet(packet, index === 2 ? 2 * FRAME : 0)),
      writer.finish(),
    ]);
    const { head, packets: read, durationMs } = parseOggOpus(file);
    expect(head).toEqual({ channels: 2, preSkip: 312, inputSampleRate: 16_000 });
    expect(read.map(({ data }) => Buffer.from(data))).toEqual(packets.map((packet) => Buffer.from(packet)));
    expect(read.map(({ startMs }) => startMs)).toEqual([0, 20, 80]);
    expect(durationMs).toBe(100);
    expect(parseMedia(file, 'a.opus')).toMatchObject({ kind: 'audio', media: MEDIA.OPUS, flags: 3, frameCount: 3 });
  });

  it('may have packets that span pages', () => {
    const packet = opusPacket(7, 300);
    const [whole] = [...readOggPages(oggPage(2, FRAME, packet))];
    expect(whole?.pieces).toHaveLength(1);
    const page = (sequence: number, flags: number, segments: readonly number[], body: Uint8Array, granule: bigint) => {
      const bytes = Buffer.alloc(27 + segments.length + body.length);
      bytes.write('OggS');
      bytes[5] = flags;
      bytes.writeBigUInt64LE(granule, 6);
      bytes.writeUInt32LE(7, 14);
      bytes.writeUInt32LE(sequence, 18);
      bytes[26] = segments.length;
      bytes.set([...segments, ...body], 27);
      bytes.writeUInt32LE(oggCrc(bytes), 22);
      return bytes;
    };
    const first = page(2, 0, [255], packet.subarray(0, 255), 0xffff_ffff_ffff_ffffn);
    const second = page(3, 1, [45, 10], Buffer.concat([packet.subarray(255), opusPacket(8)]), 1920n);
    const { packets } = parseOggOpus(Buffer.concat([oggHeaderPages(), first, second]));
    expect(packets).toEqual([
      { data: Buffer.from(packet), startMs: 0 },
      { data: Buffer.from(opusPacket(8)), startMs: 20 },
    ]);
    expect(codeOf(Buffer.concat([oggHeaderPages(), first]))).toBe('MEDIA_TRUNCATED');
    const withoutFirst = parseOggOpus(Buffer.concat([oggHeaderPages(), second]));
    expect(withoutFirst.packets.map(({ data }) => data[1])).toEqual([8]);
  });

  it('has the right times with missing pages, a late start, and an end before the granule', () => {
    const pages = [
      oggPage(2, 48_000 + FRAME, opusPacket(1)),
      oggPage(3, 48_000 + 2 * FRAME, opusPacket(2)),
      oggPage(6, 48_000 + 5 * FRAME, opusPacket(5)),
      oggPage(7, 48_000 + 5 * FRAME + 100, opusPacket(6), { last: true }),
    ];
    const { packets, durationMs } = parseOggOpus(Buffer.concat([oggHeaderPages(), ...pages]));
    expect(packets.map(({ startMs }) => startMs)).toEqual([0, 20, 80, 100]);
    expect(durationMs).toBe(120);
  });

  it('is truncated when it ends anywhere but between pages', () => {
    const headers = oggHeaderPages();
    const page = oggPage(2, FRAME, opusPacket(1));
    for (let length = 1; length < page.length; length++) {
      expect(codeOf(Buffer.concat([headers, page.subarray(0, length)])), `cut at ${length}`).toBe('MEDIA_TRUNCATED');
    }
    expect(codeOf(headers.subarray(0, 47))).toBe('MEDIA_TRUNCATED');
    expect(codeOf(headers)).toBe('MEDIA_EMPTY');
    expect(codeOf(new Uint8Array(0))).toBe('MEDIA_EMPTY');
  });

  it('is refused when it is damaged, has another format, or has two streams', () => {
    const damaged = Buffer.concat([oggHeaderPages(), oggPage(2, FRAME, opusPacket(1))]);
    damaged[damaged.length - 1] = 0xee;
    expect(codeOf(damaged)).toBe('MEDIA_FORMAT');
    expect(codeOf(oggPage(0, 0, bytesOf('\x01vorbis and more of it')))).toBe('MEDIA_FORMAT');
    expect(codeOf(Buffer.concat([oggHeaderPages(), bytesOf('what is this')]))).toBe('MEDIA_FORMAT');
    expect(codeOf(Buffer.concat([oggHeaderPages(), oggPage(0, 0, bytesOf('x'), { serial: 8 })]))).toBe('MEDIA_FORMAT');
    expect(codeOf(Buffer.concat([oggHeaderPages(), oggPage(2, 0, opusPacket(1), { serial: 8 })]))).toBe('MEDIA_FORMAT');
    expect(codeOf(Buffer.concat([oggHeaderPages(), oggPage(2, 0, Uint8Array.of(0xfb))]))).toBe('MEDIA_FORMAT');
    expect(codeOf(oggHeaderPages(3))).toBe('MEDIA_FORMAT');
  });
});
