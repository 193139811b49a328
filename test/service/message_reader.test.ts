import { describe, expect, it } from 'vitest';
import { type MessageFault, MessageReader } from '../../lib/service/message_reader.js';

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
  const faults: MessageFault[] = [];
  const reader = new MessageReader({
    maxMessageBytes: LIMIT,
    message: (data) => messages.push(Buffer.from(data)),
    fault: (fault) => faults.push(fault),
    rest: (data) => rest.push(Buffer.from(data)),
  });
  return { reader, messages, faults, rest: () => Buffer.concat(rest) };
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
    ['a fragment of nothing', frame(0x80, bytes(5))],
    ['a reserved bit', frame(0xc2, bytes(5))],
    ['a reserved opcode', frame(0x83, bytes(5))],
    ['a ping in fragments', frame(0x09, bytes(5))],
    ['a ping that is too long', frame(0x89, bytes(126))],
    ['a ping with its length in 16 bits', Buffer.concat([Uint8Array.of(0x89, 0xfe, 0, 5), PING.subarray(2), bytes(1)])],
    ['a message without a mask', Buffer.from([FIN_BINARY, 1, 65])],
  ])('leaves all bytes to ws from %s on', (_, odd) => {
    const { reader, messages, rest } = readerOf();
    const behind = Buffer.concat([odd, frame(FIN_BINARY, bytes(3)), PING]);
    reader.push(Buffer.concat([frame(FIN_BINARY, bytes(9)), behind]));
    reader.push(frame(FIN_BINARY, bytes(4)));
    expect(messages).toEqual([bytes(9)]);
    expect(rest().equals(Buffer.concat([behind, frame(FIN_BINARY, bytes(4))]))).toBe(true);
  });

  it.each([1, 2, 7, 1000, Number.MAX_SAFE_INTEGER])(
    'puts fragments together that arrive in pieces of %i bytes, and gives ws the pings between them',
    (size) => {
      const { reader, messages, rest } = readerOf();
      const sent = [
        [5, 0, 3],
        [0, 0],
        [126, 300, 1, 1, 1],
        [1, 70_000, 20_000],
      ].map((sizes) => sizes.map(bytes));
      const stream = Buffer.concat(
        sent.flatMap((parts) =>
          parts.flatMap((part, i) => [
            frame((i === 0 ? 0x02 : 0x00) | (i === parts.length - 1 ? 0x80 : 0), part),
            ...(i < parts.length - 1 ? [PING] : []),
          ]),
        ),
      );
      for (let at = 0; at < stream.length; at += size) reader.push(Buffer.from(stream.subarray(at, at + size)));
      expect(messages).toEqual(sent.map((parts) => Buffer.concat(parts)));
      expect(rest().length).toBe(9 * PING.length);
      expect(reader.heldBytes).toBe(0);
    },
  );

  it.each([
    ['a message above the limit', 'too large', [frame(FIN_BINARY, bytes(LIMIT + 1))]],
    ['fragments above the limit', 'too large', [frame(0x02, bytes(LIMIT)), frame(0x80, bytes(1))]],
    ['a message inside another', 'interleaved', [frame(0x02, bytes(5)), frame(FIN_BINARY, bytes(5))]],
    ['fragments inside another message', 'interleaved', [frame(0x02, bytes(5)), frame(0x02, bytes(5))]],
    ['a text message', 'text', [frame(0x81, bytes(5))]],
    ['a text in fragments', 'text', [frame(0x01, bytes(5))]],
  ] as const)('reports %s as a fault, and reads on behind it', (_, fault, frames) => {
    const { reader, messages, faults, rest } = readerOf();
    for (const each of frames) reader.push(each);
    expect(faults).toEqual([fault]);
    expect(messages).toEqual([]);
    reader.push(PING);
    expect(rest().equals(PING)).toBe(true);
  });

  it('accepts fragments up to the limit', () => {
    const { reader, messages, faults } = readerOf();
    for (const each of [frame(0x02, bytes(LIMIT - 1)), frame(0x80, bytes(1))]) reader.push(each);
    expect(messages[0]?.length).toBe(LIMIT);
    expect(faults).toEqual([]);
  });

  it.each([
    ['a message', FIN_BINARY],
    ['a fragment', 0x02],
  ])('allocates nothing for the head of %s above the limit, and what was announced below it', (_, first) => {
    const { reader, faults } = readerOf();
    reader.limit(1024);
    reader.push(frame(first, bytes(1025)).subarray(0, 8));
    expect(faults).toEqual(['too large']);
    expect(reader.heldBytes).toBe(0);
    const other = readerOf().reader;
    other.push(frame(first, bytes(1024)).subarray(0, 8));
    expect(other.heldBytes).toBe(1024);
  });

  it('holds no more than twice its bytes for a message in many small fragments', () => {
    const { reader, messages } = readerOf();
    reader.push(frame(0x02, bytes(1)));
    for (let i = 0; i < 999; i++) reader.push(frame(0x00, bytes(1)));
    expect(reader.heldBytes).toBeLessThanOrEqual(2000);
    reader.push(frame(0x80, bytes(1)));
    expect(messages[0]?.length).toBe(1001);
  });

  it.each([1, 9, Number.MAX_SAFE_INTEGER])('keeps nothing after discard(), in pieces of %i bytes', (size) => {
    const { reader, messages, faults, rest } = readerOf();
    reader.push(frame(0x02, bytes(7)));
    reader.push(frame(0x00, bytes(300)).subarray(0, 100));
    expect(reader.heldBytes).toBeGreaterThan(0);
    reader.discard();
    const sizes = [1, 126, LIMIT + 1, 65_536].map((length) => frame(FIN_BINARY, bytes(length)));
    const stream = Buffer.concat([
      frame(0x00, bytes(300)).subarray(100),
      ...(size === 1 ? sizes.slice(0, 2) : sizes),
      frame(0x80, bytes(3)),
      frame(0x81, bytes(3)),
      PING,
      CLOSE,
    ]);
    for (let at = 0; at < stream.length; at += size) {
      reader.push(Buffer.from(stream.subarray(at, at + size)));
      expect(reader.heldBytes).toBeLessThan(14);
    }
    expect([messages, faults]).toEqual([[], []]);
    expect(rest().equals(Buffer.concat([PING, CLOSE]))).toBe(true);
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
