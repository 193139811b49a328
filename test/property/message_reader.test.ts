// The service reads links with a reader of its own. It must understand every stream of bytes as ws alone does.
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { Link } from '../../lib/service/link.js';
import './seed.js';

/** `TIRTC_PROPERTY_RUNS=20000 npx vitest run test/property/message_reader` is the long form. */
const { TIRTC_PROPERTY_RUNS: RUNS = 500 } = process.env;

const LIMIT = 2000;
const CONTROL_CHANNEL = 255;
const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** What a link did with the bytes that it received. */
interface Outcome {
  readonly messages: string[];
  readonly pongs: string[];
  closeCode: number | undefined;
  /** It was refused for a text message or an empty one, which ws accepts. */
  refused: boolean;
}

/** The far end of a link: bytes that are written are read as frames of a server. */
class FarEnd extends Duplex {
  readonly outcome: Outcome = { messages: [], pongs: [], closeCode: undefined, refused: false };
  readonly #written: Buffer[] = [];

  override _read(): void {}

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.#written.push(Buffer.from(chunk));
    done();
  }

  readOutcome(): Outcome {
    const all = Buffer.concat(this.#written);
    for (let at = all.indexOf('\r\n\r\n') + 4; at < all.length; ) {
      const short = (all[at + 1] ?? 0) & 0x7f;
      const start = short === 126 ? at + 4 : at + 2;
      const end = start + (short === 126 ? all.readUInt16BE(at + 2) : short);
      this.#readFrame((all[at] ?? 0) & 0x0f, all.subarray(start, end));
      at = end;
    }
    return this.outcome;
  }

  #readFrame(opcode: number, payload: Buffer): void {
    if (opcode === OPCODE.pong) this.outcome.pongs.push(payload.toString('hex'));
    if (opcode === OPCODE.close) this.outcome.closeCode ??= payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
    if (opcode === OPCODE.binary) this.outcome.refused ||= payload[0] === CONTROL_CHANNEL; // a bye
  }
}

function upgrade(server: WebSocketServer, socket: FarEnd): WebSocket {
  const request = new IncomingMessage(new Socket());
  request.method = 'GET';
  Object.assign(request.headers, {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    'sec-websocket-version': '13',
  });
  let upgraded: WebSocket | undefined;
  server.handleUpgrade(request, socket, Buffer.alloc(0), (ws) => {
    upgraded = ws;
  });
  if (upgraded === undefined) throw new Error('ws refused the upgrade');
  return upgraded;
}

function openWs(socket: FarEnd): void {
  const ws = upgrade(new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: LIMIT }), socket);
  ws.on('error', () => {});
  ws.on('message', (data: Buffer, isBinary: boolean) => {
    socket.outcome.messages.push(isBinary ? data.toString('hex') : 'text');
  });
}

function openLink(socket: FarEnd): void {
  // As upgrade_server.ts has it.
  const options = { noServer: true, perMessageDeflate: false, autoPong: false, maxPayload: 1024 };
  const link = new Link(upgrade(new WebSocketServer(options), socket), socket, {
    clock: { nowMs: () => 0, startTimer: () => ({ cancel: () => {}, unref: () => {} }) },
    keepAliveMs: 1e9,
    silenceMs: 1e9,
    closeTimeoutMs: 1e9,
    maxQueuedBytes: 1e9,
    maxMessageBytes: LIMIT,
  });
  link.trust();
  link.handle({
    message: (data) => socket.outcome.messages.push(Buffer.from(data).toString('hex')),
    ended: () => {},
  });
}

async function feed(open: (socket: FarEnd) => void, pieces: readonly Buffer[]): Promise<Outcome> {
  const socket = new FarEnd();
  open(socket);
  for (const piece of pieces) {
    if (!socket.destroyed) socket.push(Buffer.from(piece)); // unmasked in place
    await new Promise(setImmediate);
  }
  const outcome = socket.readOutcome();
  socket.destroy();
  return outcome;
}

// ---- what a client may send, and what it may not ----

interface Frame {
  readonly first: number;
  readonly isMasked: boolean;
  readonly mask: Uint8Array;
  readonly payload: Uint8Array;
  /** Bytes of the length field, though fewer may be enough. */
  readonly lengthBytes: 0 | 2 | 8;
  /** What the header says; the payload may be shorter. */
  readonly length: number;
}

function encode({ first, isMasked, mask, payload, lengthBytes, length }: Frame): Buffer {
  const header = Buffer.alloc(2 + lengthBytes);
  header[0] = first;
  header[1] = (isMasked ? 0x80 : 0) | (lengthBytes === 0 ? Math.min(length, 125) : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) header.writeUInt16BE(Math.min(length, 0xffff), 2);
  if (lengthBytes === 8) header.writeBigUInt64BE(BigInt(length), 2);
  if (!isMasked) return Buffer.concat([header, payload]);
  return Buffer.concat([header, mask, payload.map((byte, i) => byte ^ (mask[i & 3] ?? 0))]);
}

const bytes = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength });
const anyMask = bytes(4, 4);
const lengthBytesOf = (length: number) => (length < 126 ? 0 : length < 65_536 ? 2 : 8);

const payloads = fc.oneof(bytes(0, 20), bytes(120, 130), bytes(900, 1100));

function frameOf(first: number, mask: Uint8Array, payload: Uint8Array): Frame {
  const { length } = payload;
  return { first, isMasked: true, mask, payload, lengthBytes: lengthBytesOf(length), length };
}

const control = fc
  .tuple(fc.constantFrom(OPCODE.ping, OPCODE.pong), anyMask, bytes(0, 125))
  .map(([opcode, mask, payload]) => frameOf(0x80 | opcode, mask, payload));

const whole = fc.tuple(anyMask, payloads).map(([mask, payload]) => [frameOf(0x82, mask, payload)]);

/** A message in fragments, with pings and pongs between them. */
const fragments = fc
  .array(fc.tuple(anyMask, payloads, fc.array(control, { maxLength: 1 })), { minLength: 2, maxLength: 4 })
  .map((parts) =>
    parts.flatMap(([mask, payload, between], i) => {
      const opcode = i === 0 ? OPCODE.binary : OPCODE.continuation;
      return [frameOf(opcode | (i === parts.length - 1 ? 0x80 : 0), mask, payload), ...between];
    }),
  );

const closeBodies = fc.oneof(
  fc.constantFrom([], [3], [3, 232], [3, 234], [3, 237], [3, 241], [3, 243], [3, 232, 0xff], [11, 184, 65]),
  fc.array(fc.nat({ max: 255 }), { maxLength: 5 }),
);
const close = fc
  .tuple(anyMask, closeBodies)
  .map(([mask, body]) => [frameOf(0x80 | OPCODE.close, mask, Uint8Array.from(body))]);

/** A data frame where it may not be. */
const stray = fc
  .tuple(fc.constantFrom(0x00, 0x80, 0x02, 0x01, 0x81), anyMask, payloads)
  .map(([first, mask, payload]) => [frameOf(first, mask, payload)]);

/** Any header, which may say more than there is. */
const odd = fc
  .record<Frame>({
    first: fc.nat({ max: 255 }),
    isMasked: fc.boolean(),
    mask: anyMask,
    payload: bytes(0, 130),
    lengthBytes: fc.constantFrom(0, 2, 8),
    length: fc.oneof(fc.nat({ max: 200 }), fc.constantFrom(LIMIT, LIMIT + 1, 65_536, 2 ** 32, Number.MAX_SAFE_INTEGER)),
  })
  .map((frame) => [frame]);

/** ws judges some headers by their first two bytes, and the reader only when they are whole: a stream does not end in one. */
const COMPLETION = Buffer.alloc(14);

const encoded = (frames: fc.Arbitrary<readonly Frame[]>) => frames.map((some) => Buffer.concat(some.map(encode)));

const stream = fc
  .array(
    fc.oneof(
      { weight: 8, arbitrary: encoded(whole) },
      { weight: 6, arbitrary: encoded(fragments) },
      { weight: 4, arbitrary: encoded(control.map((frame) => [frame])) },
      { weight: 1, arbitrary: encoded(close) },
      { weight: 1, arbitrary: encoded(stray) },
      { weight: 1, arbitrary: encoded(odd) },
      { weight: 1, arbitrary: bytes(0, 40).map((some) => Buffer.from(some)) },
    ),
    { maxLength: 12 },
  )
  .map((parts) => Buffer.concat([...parts, COMPLETION]));

const cuts = fc.array(fc.nat({ max: 400 }), { minLength: 1, maxLength: 12 });

function cut(data: Buffer, sizes: readonly number[]): readonly Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, i = 0; at < data.length; i++) {
    const size = i < 60 ? 1 + (sizes[i % sizes.length] ?? 0) : data.length;
    pieces.push(data.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

test('a link delivers the same messages, pongs and close code as ws alone, for any bytes in any pieces', async () => {
  await fc.assert(
    fc.asyncProperty(stream, cuts, async (data, sizes) => {
      const pieces = cut(data, sizes);
      const link = await feed(openLink, pieces);
      const alone = await feed(openWs, pieces);
      if (link.refused) {
        // It ended earlier than ws, which has no objection to text and to empty messages.
        expect(alone.messages.slice(0, link.messages.length)).toEqual(link.messages);
        expect(link.closeCode).toBe(1000);
        return;
      }
      expect(link).toEqual(alone);
    }),
    { numRuns: Number(RUNS) },
  );
});
