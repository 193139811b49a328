import { describe, expect, test } from 'vitest';
import {
  bareRemoteId,
  commandOf,
  decodeCommand,
  decodeSdkCommand,
  encodeBye,
  encodeControl,
  encodePeerRequest,
  encodeProbe,
  encodeProbeEcho,
  encodeSubscribeAnswer,
  isReservedCommandWord,
  isResponse,
  linkUrl,
  makeCommandWord,
  parseEndpoint,
  sequenceNumberOf,
  toRequestWord,
  toResponseWord,
  WireError,
} from '../../lib/wire/index.js';

function decodeMessage(message: Uint8Array) {
  const { word, data } = decodeCommand(message.subarray(1));
  return decodeSdkCommand(word, data);
}

describe('command words', () => {
  test('a word is made of sequence number, command and response bit, and split again', () => {
    const word = makeCommandWord(0x7fff, 0xffff);
    expect(word).toBe(0xfffffffe);
    expect([commandOf(word), sequenceNumberOf(word), isResponse(word)]).toEqual([0x7fff, 0xffff, false]);
    expect(toResponseWord(word)).toBe(0xffffffff);
    expect(toRequestWord(0xffffffff)).toBe(word);
    expect(makeCommandWord(0x4001, 1)).toBe(0x18002);
  });

  test('words below 0x2000 belong to the SDK', () => {
    expect(isReservedCommandWord(0x1fff)).toBe(true);
    expect(isReservedCommandWord(0x2000)).toBe(false);
  });
});

describe('commands of the SDK', () => {
  test('requests, answers and probes are read as they were written', () => {
    expect(decodeMessage(encodePeerRequest('keyFrame', 3))).toEqual({
      kind: 'request',
      request: 'keyFrame',
      stream: 3,
    });
    expect(decodeMessage(encodeSubscribeAnswer('subscribeAudio', 15, -40006))).toEqual({
      kind: 'answer',
      request: 'subscribeAudio',
      stream: 15,
      status: -40006,
    });
    const data = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    expect(decodeMessage(encodeProbe(data))).toEqual({ kind: 'probe', data });
    expect(decodeMessage(encodeProbeEcho(data))).toEqual({ kind: 'echo', data });
  });

  test.each([
    ['a stream above 15', 0x400, [16]],
    ['no stream', 0x402, []],
    ['a byte too many', 0x404, [1, 2]],
    ['an answer to what has none', 0x401, [1, 0, 0, 0, 0]],
    ['a short status', 0x403, [1, 0, 0, 0]],
    ['a short probe', 0x40a, [1, 2, 3, 4, 5, 6, 7]],
    ['a long echo', 0x40b, [1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ['an unknown word', 0x40c, [1]],
  ])('%s is ignored', (_, word, data) => {
    expect(decodeSdkCommand(word, Uint8Array.from(data))).toBeUndefined();
  });
});

describe('messages that cannot be written', () => {
  test('a nonce of the wrong length and a subject that is too long are refused', () => {
    expect(() => encodeControl({ type: 'challenge', nonce: new Uint8Array(31) })).toThrow(WireError);
    const incoming = { type: 'incoming', connection: 1, key: new Uint8Array(16) } as const;
    expect(encodeControl({ ...incoming, subject: 's'.repeat(1024) })).toHaveLength(22 + 1024);
    expect(() => encodeControl({ ...incoming, subject: 's'.repeat(1025) })).toThrow(WireError);
  });

  test('the text of a bye is cut at a whole character', () => {
    const message = encodeBye('other', `${'a'.repeat(199)}é`);
    expect(message).toHaveLength(3 + 199);
    expect(encodeBye('other', `${'a'.repeat(198)}é`)).toHaveLength(3 + 200);
  });
});

describe('link URLs', () => {
  test('a URL has the prefix with one slash and a percent-encoded id', () => {
    const endpoint = parseEndpoint('https://[::1]:8443/a/b//');
    const target = 'wss://[::1]:8443/a/b/v1/connect?peer_id=b%C3%B8%2F1';
    expect(linkUrl(endpoint, 'connect', { deviceId: 'bø/1', suffix: '' })).toBe(target);
    expect(linkUrl(endpoint, 'connect', { deviceId: 'bø/1', suffix: '?a=b' })).toBe(`${target}&peer_suffix=%3Fa%3Db`);
    expect(linkUrl(parseEndpoint('http://h'), 'start')).toBe('ws://h/v1/start');
  });

  test('device:// before an id is ignored', () => {
    expect(bareRemoteId('device://d1')).toBe('d1');
    expect(bareRemoteId('d1')).toBe('d1');
  });
});
