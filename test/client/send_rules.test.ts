import { describe, expect, test } from 'vitest';
import { SendRules } from '../../lib/client/send_rules.js';
import { ErrorCode } from '../../lib/errors/index.js';
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

describe('the rules of sending', () => {
  test('want a key frame first, and again after anything that did not fit', () => {
    const rules = new SendRules();
    expect(rules.admit(delta, true)).toBe(ErrorCode.BUSY);
    expect(rules.admit(key, true)).toBe(0);
    expect(rules.admit(delta, true)).toBe(0);
    expect(rules.admit(delta, false)).toBe(ErrorCode.BUSY);
    expect(rules.admit(delta, true)).toBe(ErrorCode.BUSY);
    expect(rules.admit(key, false)).toBe(ErrorCode.BUSY);
    expect(rules.admit(delta, true)).toBe(ErrorCode.BUSY);
    expect(rules.admit(key, true)).toBe(0);
    expect(rules.admit(delta, true)).toBe(0);
  });

  test('know each stream by itself', () => {
    const rules = new SendRules();
    expect(rules.admit(key, true)).toBe(0);
    expect(rules.admit(frame(MEDIA.H264, 0, 2), true)).toBe(ErrorCode.BUSY);
  });

  test('keep audio and video apart; messages ride on any stream', () => {
    const rules = new SendRules();
    expect(rules.admit(frame(MEDIA.ALAW), true)).toBe(0);
    expect(rules.admit(key, true)).toBe(ErrorCode.INVALID_PARAMETER);
    expect(rules.admit(frame(MEDIA.MESSAGE), true)).toBe(0);
    expect(rules.admit(frame(MEDIA.ALAW), false)).toBe(ErrorCode.BUSY);
    expect(rules.admit(frame(MEDIA.MESSAGE), false)).toBe(ErrorCode.BUSY);
  });

  test('do not give a stream to a frame that was refused', () => {
    const rules = new SendRules();
    expect(rules.admit(frame(MEDIA.ALAW), false)).toBe(ErrorCode.BUSY);
    expect(rules.admit(key, true)).toBe(0);
  });
});
