import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import jpegJs from 'jpeg-js';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  ClockPicture,
  encodeAlaw,
  h264FrameRate,
  MediaError,
  type MediaSource,
  openMedia,
  parseMedia,
  parseWav,
  sampleFlags,
  sampleFormat,
  splitJpegs,
  toneSource,
} from '../../lib/media/index.js';
import { MEDIA } from '../../lib/wire/index.js';
import { bytesOf, chunk, h264, jpeg, oggHeaderPages, wav } from './support/media_bytes.js';

const clipPath = (name: string): string => new URL(`../../examples/media/${name}`, import.meta.url).pathname;

function failure(use: () => unknown): MediaError {
  try {
    use();
  } catch (error) {
    if (error instanceof MediaError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

function startsOf(source: MediaSource): readonly number[] {
  return Array.from({ length: source.frameCount }, (_, index) => source.startMs(index));
}

describe('H.264', () => {
  it('is paced by the rate of the caller, by that in the stream, or at 25 frames per second', () => {
    const clip = openMedia(clipPath('testsrc2-320x240-15fps.h264'));
    expect(clip).toMatchObject({ kind: 'video', media: MEDIA.H264, frameCount: 120, durationMs: 8000 });
    expect(clip.startMs(15)).toBe(1000);
    expect(parseMedia(h264(4, 2), 'x', { framesPerSecond: 10 })).toMatchObject({ durationMs: 400 });
    expect(parseMedia(h264(5, 2), 'x')).toMatchObject({ durationMs: 200 });
  });

  it('has a readable rate, also with emulation prevention and high profile', () => {
    /* high profile, 4:2:0, no scaling lists, poc type 2, 40x30 macroblocks, VUI with 1/50 ticks: 25 frames per second */
    const bits =
      `${'01100100'}${'0'.repeat(8)}00011110 1 010 1 1 0 0 1 011 00101 0 000 00101000 000011110 1 1 0 1` +
      ` 0 0 0 0 1 ${(1).toString(2).padStart(32, '0')} ${(50).toString(2).padStart(32, '0')} 1`;
    const payload = bits.replaceAll(' ', '').match(/.{1,8}/g) ?? [];
    const sps = payload.map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2));
    const escaped: number[] = [];
    for (const byte of sps) {
      if (byte <= 3 && escaped.at(-1) === 0 && escaped.at(-2) === 0) escaped.push(3);
      escaped.push(byte);
    }
    expect(escaped.length).toBeGreaterThan(sps.length);
    expect(h264FrameRate(Uint8Array.from([0, 0, 1, 0x67, ...escaped]))).toBe(25);
    expect(h264FrameRate(Uint8Array.from([0, 0, 1, 0x67, ...escaped.slice(0, 12)]))).toBeUndefined();
    expect(h264FrameRate(h264(3, 1))).toBeUndefined();
  });

  it('without a key frame is refused', () => {
    expect(failure(() => parseMedia(h264(3, 9, 1), 'a.h264'))).toMatchObject({
      code: 'MEDIA_FORMAT',
      message: expect.stringContaining('none of the 3 pictures is a key frame'),
    });
  });
});

describe('MJPEG', () => {
  it('is split into pictures, whatever bytes thumbnails and entropy-coded data have', () => {
    const file = Buffer.concat([jpeg(1), Buffer.alloc(3), jpeg(2), jpeg(3)]);
    expect(splitJpegs(file)).toEqual([jpeg(1), jpeg(2), jpeg(3)].map((picture) => Buffer.from(picture)));
    expect(parseMedia(file, 'a.mjpeg')).toMatchObject({ media: MEDIA.JPEG, frameCount: 3 });
  });

  it('that ends anywhere inside a picture is truncated', () => {
    const whole = jpeg(5);
    for (let length = 3; length < whole.length; length++) {
      const cut = Buffer.concat([jpeg(1), whole.subarray(0, length)]);
      expect(failure(() => splitJpegs(cut)).code, `cut at ${length}`).toBe('MEDIA_TRUNCATED');
    }
  });

  it('that is empty, has only zeros, or has other bytes between pictures is refused', () => {
    expect(failure(() => splitJpegs(new Uint8Array(0))).code).toBe('MEDIA_EMPTY');
    expect(failure(() => splitJpegs(new Uint8Array(9))).code).toBe('MEDIA_EMPTY');
    const error = failure(() => splitJpegs(Buffer.concat([jpeg(1), bytesOf('x')])));
    expect(error).toMatchObject({ code: 'MEDIA_FORMAT', message: expect.stringContaining('the start of picture 2') });
  });
});

describe('WAV', () => {
  it.each([
    [8000, 1, 0, 320],
    [16_000, 1, 1, 640],
    [8000, 2, 2, 640],
    [16_000, 2, 3, 1280],
  ])('of %i Hz and %i channels has flags %i and frames of 20 ms', (rate, channels, flags, frameBytes) => {
    const samples = new Uint8Array(frameBytes * 2 + frameBytes / 2).fill(9);
    const source = parseMedia(wav(samples, { rate, channels }), 'a.wav');
    expect(source).toMatchObject({ kind: 'audio', media: MEDIA.PCM, flags, frameCount: 3, durationMs: 50 });
    expect(source.data(0)).toHaveLength(frameBytes);
    expect(source.data(2)).toHaveLength(frameBytes / 2);
    expect(sampleFlags(rate, channels)).toBe(flags);
    expect(sampleFormat(flags)).toEqual({ rate, channels });
  });

  it('may have other chunks, an extensible format, an unknown length, or A-law', () => {
    const samples = Uint8Array.from([1, 2, 3, 4]);
    const before = [chunk('LIST', bytesOf('odd'))];
    expect(parseWav(wav(samples, { before })).samples).toEqual(Buffer.from(samples));
    expect(parseWav(wav(samples, { extensible: true })).media).toBe(MEDIA.PCM);
    for (const dataLength of [0, 0xffff_ffff]) expect(parseWav(wav(samples, { dataLength })).samples).toHaveLength(4);
    expect(parseWav(wav(samples, { tag: 6, bits: 8 }))).toMatchObject({ media: MEDIA.ALAW, bytesPerSecond: 8000 });
  });

  it.each([
    ['44100 Hz', wav(new Uint8Array(4), { rate: 44_100 }), 'MEDIA_FORMAT', '44100 Hz'],
    ['24 bits', wav(new Uint8Array(6), { bits: 24 }), 'MEDIA_FORMAT', '24 bits'],
    ['six channels', wav(new Uint8Array(12), { channels: 6 }), 'MEDIA_FORMAT', '6 channels'],
    ['MP3 inside', wav(new Uint8Array(4), { tag: 85 }), 'MEDIA_FORMAT', 'format 85'],
    ['no samples', wav(new Uint8Array(0)), 'MEDIA_EMPTY', 'no sample'],
    ['half a sample', wav(new Uint8Array(3)), 'MEDIA_TRUNCATED', 'a sample has 2 bytes'],
    [
      'less data than it says',
      wav(new Uint8Array(4), { dataLength: 40 }),
      'MEDIA_TRUNCATED',
      'has a length of 40 bytes, 4 remain',
    ],
    ['no data', wav(new Uint8Array(4)).subarray(0, 36), 'MEDIA_TRUNCATED', 'no "data"'],
    [
      'data before its format',
      Buffer.concat([bytesOf('RIFF....WAVE'), chunk('data', bytesOf('ab'))]),
      'MEDIA_FORMAT',
      'no "fmt "',
    ],
    ['AVI', Buffer.concat([bytesOf('RIFF....AVI ')]), 'MEDIA_FORMAT', 'RIFF and WAVE'],
  ])('with %s is refused', (_, file, code, words) => {
    expect(failure(() => parseMedia(file, 'a.wav'))).toMatchObject({ code, message: expect.stringContaining(words) });
  });
});

describe('A-law', () => {
  it('is recognised by its name and split into frames of 20 ms', () => {
    const clip = openMedia(clipPath('sine-440hz-8khz.alaw'));
    expect(clip).toMatchObject({ kind: 'audio', media: MEDIA.ALAW, flags: 0, frameCount: 400, durationMs: 8000 });
    expect(parseMedia(Uint8Array.from([0, 0, 1, 9]), 'silence.al')).toMatchObject({ media: MEDIA.ALAW });
  });

  it('is encoded as in G.711', () => {
    expect([0, -1, 8, 32_767, -32_768, 1000, -1000].map(encodeAlaw)).toEqual([
      0xd5, 0x55, 0xd5, 0xaa, 0x2a, 0xfa, 0x7a,
    ]);
  });
});

describe('the format of a file', () => {
  it('is recognised by its content, also with an unknown extension', () => {
    const sound = Buffer.concat([oggHeaderPages()]);
    expect(parseMedia(h264(1, 1), 'x.bin').media).toBe(MEDIA.H264);
    expect(parseMedia(jpeg(1), 'x').media).toBe(MEDIA.JPEG);
    expect(failure(() => parseMedia(sound, 'x')).message).toContain('the Ogg file has no audio');
  });

  it.each([
    ['nothing', new Uint8Array(0), 'a.h264', 'MEDIA_EMPTY', 'the file is empty'],
    ['text', bytesOf('hello'), 'a.txt', 'MEDIA_FORMAT', 'neither its name nor its content has a known format'],
    ['text named H.264', bytesOf('hello'), 'a.h264', 'MEDIA_FORMAT', 'start code'],
    ['text named Opus', bytesOf('hello'), 'a.opus', 'MEDIA_FORMAT', 'OggS'],
    ['text named JPEG', bytesOf('hello'), 'a.jpg', 'MEDIA_FORMAT', 'the start of picture 1'],
    [
      'a WAV named A-law',
      wav(new Uint8Array(4)),
      'a.alaw',
      'MEDIA_FORMAT',
      'its name says alaw, but its content is wav',
    ],
    ['H.264 named MJPEG', h264(1, 1), 'a.mjpeg', 'MEDIA_FORMAT', 'its name says mjpeg, but its content is h264'],
  ])('%s is refused with a hint', (_, file, name, code, words) => {
    expect(failure(() => parseMedia(file, name))).toMatchObject({ code, message: expect.stringContaining(words) });
  });

  it('is named in the error with its path', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tirtc-media-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'a.wav');
    expect(failure(() => openMedia(path))).toMatchObject({
      code: 'MEDIA_MISSING',
      message: `${path} cannot be read (ENOENT); use the path of a media file`,
    });
    expect(failure(() => openMedia(folder)).message).toContain('EISDIR');
    writeFileSync(path, '');
    expect(failure(() => openMedia(path)).message).toMatch(new RegExp(`^${path}: the file is empty; use `));
  });

  it('cannot have a frame rate out of range', () => {
    for (const framesPerSecond of [0, -1, Number.NaN, 1e6]) {
      expect(failure(() => parseMedia(jpeg(1), 'x', { framesPerSecond })).code).toBe('MEDIA_FORMAT');
    }
  });
});

describe('generated media', () => {
  it('the tone equals the example clip within the precision of A-law', () => {
    const tone = toneSource();
    const example = readFileSync(clipPath('sine-440hz-8khz.alaw'));
    expect(tone).toMatchObject({ kind: 'audio', media: MEDIA.ALAW, flags: 0, frameCount: 5, durationMs: 100 });
    expect(startsOf(tone)).toEqual([0, 20, 40, 60, 80]);
    const crossings = (data: Uint8Array) =>
      data.reduce((n, byte, at) => n + Number(((data[at - 1] ?? byte) ^ byte) >> 7), 0);
    const second = Buffer.concat(Array.from({ length: 50 }, (_, index) => tone.data(index % 5)));
    expect(crossings(second)).toBe(crossings(example.subarray(0, 8000)));
  });

  it('the tone in PCM has the same samples', () => {
    const [alaw, pcm] = [toneSource(), toneSource('pcm')];
    const coded = Array.from({ length: 160 }, (_, i) => encodeAlaw(Buffer.from(pcm.data(1)).readInt16LE(i * 2)));
    expect(coded).toEqual([...alaw.data(1)]);
    expect(pcm.media).toBe(MEDIA.PCM);
  });

  it('the clock is a JPEG that other decoders read, with the time and colour bars', () => {
    let now = ((12 * 60 + 34) * 60 + 56) * 1000 + 789;
    const clock = new ClockPicture(() => now);
    const picture = jpegJs.decode(clock.data(), { useTArray: true });
    expect([picture.width, picture.height]).toEqual([320, 240]);
    const at = (x: number, y: number) => [...picture.data.subarray((y * 320 + x) * 4, (y * 320 + x) * 4 + 3)];
    const near = (colour: readonly number[], expected: readonly number[]) =>
      colour.every((value, index) => Math.abs(value - (expected[index] ?? 0)) <= 12);
    expect(near(at(5, 230), [191, 191, 191])).toBe(true);
    expect(near(at(205, 230), [191, 0, 0])).toBe(true);
    const cells = Array.from({ length: 5 }, (_, row) =>
      Array.from({ length: 31 }, (_, column) =>
        (at((2 + column) * 8 + 4, (12 + row) * 8 + 4)[0] ?? 0) > 200 ? '#' : ' ',
      ).join(''),
    );
    expect(cells.map((line) => line.trimEnd())).toEqual([
      ' #  ###     ### # #     ### ###',
      '##    #  #    # # #  #  #   #',
      ' #  ###     ### ###     ### ###',
      ' #  #    #    #   #  #    # # #',
      '### ###     ###   #     ### ###',
    ]);
    const same = clock.data();
    now += 5;
    expect(clock.data()).toBe(same);
    now += 100;
    expect(clock.data()).not.toEqual(same);
    expect(clock.startMs(10)).toBe(1000);
  });
});
