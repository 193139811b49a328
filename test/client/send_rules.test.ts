import { describe, expect, test } from 'vitest';
import { SendRules } from '../../lib/client/send_rules.js';
import { KEY_FRAME_FLAG, MEDIA } from '../../lib/wire/index.js';

const frame = (media: number, flags = 0, stream = 1) => ({
  stream,
  media,
  flags,
  reserved: 0,
  timestampMs: 0,
  data: new Uint8Array(0),
});
const key = frame(MEDIA.H264, KEY_FRAME_FLAG);
const delta = frame(MEDIA.H264);

describe('SendRules', () => {
  test('a stream must start with a key frame, and continue with one after a frame that did not fit', () => {
    const rules = new SendRules();
    expect(rules.check(delta, true)).toBe('keyFrameDue');
    expect(rules.check(key, true)).toBe(undefined);
    expect(rules.check(delta, true)).toBe(undefined);
    expect(rules.check(delta, false)).toBe('full');
    expect(rules.check(delta, true)).toBe('keyFrameDue');
    expect(rules.check(key, false)).toBe('full');
    expect(rules.check(delta, true)).toBe('keyFrameDue');
    expect(rules.check(key, true)).toBe(undefined);
    expect(rules.check(delta, true)).toBe(undefined);
  });

  test('each stream has its own state', () => {
    const rules = new SendRules();
    expect(rules.check(key, true)).toBe(undefined);
    expect(rules.check(frame(MEDIA.H264, 0, 2), true)).toBe('keyFrameDue');
  });

  test('audio and video cannot share a stream, and messages can use any stream', () => {
    const rules = new SendRules();
    expect(rules.check(frame(MEDIA.ALAW), true)).toBe(undefined);
    expect(rules.check(key, true)).toBe('otherMedium');
    expect(rules.check(frame(MEDIA.MESSAGE), true)).toBe(undefined);
    expect(rules.check(frame(MEDIA.ALAW), false)).toBe('full');
    expect(rules.check(frame(MEDIA.MESSAGE), false)).toBe('full');
  });

  test('a refused frame does not decide whether its stream carries audio or video', () => {
    const rules = new SendRules();
    expect(rules.check(frame(MEDIA.ALAW), false)).toBe('full');
    expect(rules.check(key, true)).toBe(undefined);
  });
});
