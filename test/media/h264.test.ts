import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MediaError, splitAccessUnits, splitSamples } from '../../lib/media/index.js';

const clip = readFileSync(new URL('../../examples/media/testsrc2-320x240-15fps.h264', import.meta.url));

const code = (error: unknown) => (error instanceof MediaError ? error.code : error);
const failureOf = (bytes: readonly number[]) => {
  try {
    return splitAccessUnits(Uint8Array.from(bytes)).length;
  } catch (error) {
    return code(error);
  }
};

describe('splitting H.264', () => {
  it('finds the 120 pictures of the clip and a key frame every 30 pictures', () => {
    const pictures = splitAccessUnits(clip);
    expect(pictures.length).toBe(120);
    expect(pictures.flatMap((picture, index) => (picture.keyFrame ? [index] : []))).toEqual([0, 30, 60, 90]);
  });

  it('loses no byte', () => {
    const together = Buffer.concat(splitAccessUnits(clip).map((picture) => picture.data));
    expect(together.equals(clip)).toBe(true);
  });

  it('accepts 3-byte and 4-byte start codes, and joins the slices of a picture', () => {
    const delimiter = [0, 0, 0, 1, 9, 0xf0];
    const parameters = [0, 0, 1, 7, 1, 0, 0, 1, 8, 2];
    const idr = [0, 0, 1, 0x65, 0x80, 0, 0, 0, 1, 0x65, 0x40];
    const next = [0, 0, 1, 0x41, 0x9a];
    const pictures = splitAccessUnits(Uint8Array.from([...delimiter, ...parameters, ...idr, ...next, ...next]));
    expect(pictures.map(({ data, keyFrame }) => [data.length, keyFrame])).toEqual([
      [delimiter.length + parameters.length + idr.length, true],
      [next.length, false],
      [next.length, false],
    ]);
  });

  it('explains why a file is not H.264', () => {
    expect(failureOf([])).toBe('MEDIA_EMPTY');
    expect(failureOf([0, 0, 1])).toBe('MEDIA_FORMAT');
    expect(failureOf([...'RIFF....WAVE'].map((c) => c.charCodeAt(0)))).toBe('MEDIA_FORMAT');
    expect(failureOf([1, 0, 0, 1, 0x65, 0x80])).toBe('MEDIA_FORMAT');
    expect(failureOf([0, 0, 1, 7, 1, 0, 0, 1, 8, 2])).toBe('MEDIA_EMPTY');
    expect(failureOf([0, 0, 1, 0x65])).toBe(1);
  });
});

describe('splitting samples', () => {
  it('returns frames of 20 ms and the shorter rest', () => {
    const frames = splitSamples(new Uint8Array(401), 160);
    expect(frames.map((frame) => frame.length)).toEqual([160, 160, 81]);
    expect(() => splitSamples(new Uint8Array(0), 160)).toThrow(MediaError);
  });
});
