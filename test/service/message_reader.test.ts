import { describe, expect, it } from 'vitest';
import { MessageReader } from '../../lib/service/message_reader.js';

const MASK = [0x81, 0x02, 0x43, 0x24] as const;
const LIMIT = 100_000;

/** Encodes a frame as a client does. */
function frame(first: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  const header = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  header[0] = first;
  if (header.length === 2) header[1] = 0x80 | length;
  if (header.length === 4) header.writeUInt16BE(length, 2);
  if (header.length === 10) header.writeUInt32BE(length, 6);
  if (header.length > 2) header[1] = header.length === 4 ? 0xfe : 0xff;
  return Buffer.concat([header, Uint8Array.from(MASK), payload.map((byte, i) => byte ^ (MASK[i & 3] as number))]);
}

function bytes(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, i) => (i * 7) & 0xff));
}

function readerOf() {
  const messages: Buffer[] = [];
  const rest: Buffer[] = [];
  const reader = new MessageReader({
    maxMessageBytes: LIMIT,
    message: (data) => messages.push(Buffer.from(data)),
    rest: (data) => rest.push(Buffer.from(data)),
  });
  return { reader, messages, rest: () => Buffer.concat(rest) };
}

const FIN_BINARY = 0x82;
const PING = frame(0x89, Buffer.from('ping'));
const CLOSE = frame(0x88, Buffer.from([3, 232]));
const LENGTHS = [0, 1, 2, 3, 5, 17, 125, 126, 1037, 65_535, 65_536, LIMIT];

describe('MessageReader', () => {
  it.each([1, 2, 3, 7, 1000, 65_536, Number.MAX_SAFE_INTEGER])(
    'reads messages of all lengths in pieces of %i bytes',
    (size) => {
      const { reader, messages, rest } = readerOf();
      const payloads = (size === 1 ? LENGTHS.slice(0, -3) : LENGTHS).map(bytes);
      const stream = Buffer.concat(payloads.flatMap((payload) => [frame(FIN_BINARY, payload), PING]));
      for (let at = 0; at < stream.length; at += size) reader.push(Buffer.from(stream.subarray(at, at + size)));
      expect(messages.length).toBe(payloads.length);
      payloads.forEach((payload, i) => {
        expect(messages[i]?.equals(payload)).toBe(true);
      });
      expect(rest().equals(Buffer.concat(payloads.map(() => PING)))).toBe(true);
    },
  );

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 21, 1037])('unmasks %i bytes at every alignment', (length) => {
    for (let shift = 0; shift < 8; shift++) {
      const { reader, messages } = readerOf();
      const message = frame(FIN_BINARY, bytes(length));
      const memory = Buffer.alloc(message.length + shift);
      message.copy(memory, shift);
      reader.push(memory.subarray(shift));
      expect(messages[0]?.equals(bytes(length))).toBe(true);
    }
  });

  it.each([
    ['the first of several fragments', frame(0x02, bytes(5))],
    ['a text message', frame(0x81, bytes(5))],
    ['a fragment of nothing', frame(0x80, bytes(5))],
    ['a reserved bit', frame(0xc2, bytes(5))],
    ['a reserved opcode', frame(0x83, bytes(5))],
    ['a ping in fragments', frame(0x09, bytes(5))],
    ['a ping that is too long', frame(0x89, bytes(126))],
    ['a message without a mask', Buffer.from([FIN_BINARY, 1, 65])],
    ['a message above the limit', frame(FIN_BINARY, bytes(LIMIT + 1))],
  ])('leaves all bytes to ws from %s on', (_, odd) => {
    const { reader, messages, rest } = readerOf();
    const behind = Buffer.concat([odd, frame(FIN_BINARY, bytes(3)), PING]);
    reader.push(Buffer.concat([frame(FIN_BINARY, bytes(9)), behind]));
    reader.push(frame(FIN_BINARY, bytes(4)));
    expect(messages).toEqual([bytes(9)]);
    expect(rest().equals(Buffer.concat([behind, frame(FIN_BINARY, bytes(4))]))).toBe(true);
  });

  it('gives ws the first byte of a malformed frame at once', () => {
    for (const wrong of [[0x47], [FIN_BINARY, 0x05]]) {
      const { reader, rest } = readerOf();
      reader.push(Buffer.from(wrong));
      expect([...rest()]).toEqual(wrong);
    }
  });

  it('delivers nothing behind a close frame', () => {
    const { reader, messages, rest } = readerOf();
    const stream = Buffer.concat([CLOSE, frame(FIN_BINARY, bytes(3)), PING]);
    for (const byte of stream) reader.push(Buffer.from([byte]));
    expect(messages).toEqual([]);
    expect(rest().equals(CLOSE)).toBe(true);
  });

  it('delivers nothing after it was stopped', () => {
    const { reader, messages, rest } = readerOf();
    reader.push(Buffer.concat([frame(FIN_BINARY, bytes(3)), PING.subarray(0, 5)]));
    reader.stop();
    reader.push(Buffer.concat([PING.subarray(5), frame(FIN_BINARY, bytes(3))]));
    expect(messages).toEqual([bytes(3)]);
    expect(rest().length).toBeLessThan(PING.length);
  });
});
