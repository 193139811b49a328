import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as wire from '../../lib/wire/index.js';
import { command, control, frame, message, text, u32 } from './wire_values.js';
import './seed.js';

/** Returns what `read` returns, or undefined if it throws the one error that a reader may throw. */
function readOrRefuse<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof wire.WireError) return undefined;
    throw error;
  }
}

describe('the codec in TypeScript', () => {
  test('a control message that is written and read is the same', () => {
    fc.assert(
      fc.property(control, (value) => {
        const [channel, ...body] = wire.encodeControl(value);
        expect(channel).toBe(wire.CHANNEL_CONTROL);
        expect(wire.decodeControl(Uint8Array.from(body))).toEqual(value);
      }),
    );
  });

  test('a frame that is written and read is the same', () => {
    fc.assert(
      fc.property(frame, (value) => {
        const written = wire.encodeFrame(value);
        expect(wire.decodeFrame(written[0] ?? -1, written.subarray(1))).toEqual(value);
      }),
    );
  });

  test('a command that is written and read is the same', () => {
    fc.assert(
      fc.property(command, ([word, data]) => {
        expect(wire.decodeCommand(wire.encodeCommand(word, data).subarray(1))).toEqual({ word, data });
        expect(wire.toRequestWord(wire.toResponseWord(word)) >>> 1).toBe(word >>> 1);
        expect(wire.makeCommandWord(wire.commandOf(word), wire.sequenceNumberOf(word))).toBe(wire.toRequestWord(word));
      }),
    );
  });

  test('a message that it reads is written as it was, and any other is refused with a WireError', () => {
    fc.assert(
      fc.property(message, (bytes) => {
        const body = bytes.subarray(1);
        const channel = bytes[0] ?? 0;
        if (channel === wire.CHANNEL_CONTROL) {
          const value = readOrRefuse(() => wire.decodeControl(body));
          // An unknown reason becomes `other`, and bytes that are not UTF-8 become U+FFFD.
          if (value === undefined || value.type === 'bye' || value.type === 'incoming') return;
          expect(wire.encodeControl(value)).toEqual(bytes);
        } else if (channel === wire.CHANNEL_COMMAND) {
          const value = readOrRefuse(() => wire.decodeCommand(body));
          if (value !== undefined) expect(wire.encodeCommand(value.word, value.data)).toEqual(bytes);
        } else {
          const value = readOrRefuse(() => wire.decodeFrame(channel, body));
          if (value !== undefined) expect(wire.encodeFrame(value).subarray(1)).toEqual(body);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('any command of the SDK is read or ignored', () => {
    fc.assert(
      fc.property(
        fc.oneof(u32, fc.integer({ min: 0x3f0, max: 0x410 })),
        fc.uint8Array({ maxLength: 12 }),
        (word, data) => {
          const value = wire.decodeSdkCommand(word, data);
          if (value?.kind === 'request') {
            expect(wire.encodePeerRequest(value.request, value.stream)).toEqual(wire.encodeCommand(word, data));
          } else if (value?.kind === 'answer') {
            const written = wire.encodeSubscribeAnswer(value.request, value.stream, value.status);
            expect(written).toEqual(wire.encodeCommand(word, data));
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('text that is encoded for a URL or as base64url and decoded is the same', () => {
    fc.assert(
      fc.property(text(60), fc.uint8Array({ maxLength: 60 }), (value, bytes) => {
        const decoded = readOrRefuse(() => wire.percentDecode(wire.percentEncode(value)));
        expect(decoded).toBe(/[\r\n\0]/.test(value) ? undefined : value);
        expect(wire.base64UrlDecode(wire.base64UrlEncode(bytes))).toEqual(bytes);
      }),
    );
  });

  test('text that decodes from base64url is the only spelling of its bytes', () => {
    const base64UrlText = fc.string({ unit: fc.constantFrom(...'ABCyz019-_+/='), maxLength: 12 });
    fc.assert(
      fc.property(base64UrlText, (value) => {
        const bytes = readOrRefuse(() => wire.base64UrlDecode(value));
        if (bytes !== undefined) expect(wire.base64UrlEncode(bytes)).toBe(value);
      }),
      { numRuns: 1000 },
    );
  });
});
