import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { MemoryPair } from '../../lib/virtual_time/virtual_network.js';

const CAPACITY_BYTES = 64 * 1024;
const DRAWN = 'ZHJhd24gYnkgd3MgaXRzZQ==';
const SENT = 'c2VudCBpbnN0ZWFkIG9mIA==';

function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

/** Deliver all bytes, and let JavaScript finish between deliveries. */
async function carry(pair: MemoryPair): Promise<void> {
  do {
    await new Promise((resolve) => setImmediate(resolve));
  } while (pair.deliver());
}

/** A pair whose client has received the head of its answer: bytes pass unchanged. */
async function openPair(): Promise<MemoryPair> {
  const pair = new MemoryPair(DRAWN, SENT);
  pair.service.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
  pair.client.resume();
  await carry(pair);
  return pair;
}

describe('sockets in memory', () => {
  test('carry bytes both ways on delivery, and count them', async () => {
    const pair = await openPair();
    const got: string[] = [];
    pair.service.on('data', (bytes: Buffer) => got.push(`service ${bytes}`));
    pair.client.on('data', (bytes: Buffer) => got.push(`client ${bytes}`));
    pair.client.write('ping');
    await new Promise((resolve) => setImmediate(resolve));
    expect(got).toEqual([]); // nothing is delivered by itself
    await carry(pair);
    pair.service.write('pong');
    await carry(pair);
    expect(got).toEqual(['service ping', 'client pong']);
    const headBytes = pair.service.bytesWritten - 4;
    expect([pair.client.bytesWritten, pair.service.bytesRead]).toEqual([4, 4]);
    expect(pair.client.bytesRead).toBe(headBytes + 4);
  });

  test('hold bytes that the reader does not read, and make the writer wait', async () => {
    const pair = await openPair();
    const size = 5 * CAPACITY_BYTES;
    const sent = Buffer.from(Array.from({ length: size }, (_, i) => i % 251));
    let isWritten = false;
    pair.client.write(sent, () => {
      isWritten = true;
    });
    await carry(pair);
    expect(isWritten).toBe(false);
    expect(pair.client.writableLength).toBeGreaterThan(0);
    expect(pair.client.bytesWritten).toBeGreaterThanOrEqual(size); // waiting bytes count
    const chunks: Buffer[] = [];
    pair.service.on('data', (bytes: Buffer) => chunks.push(bytes));
    await carry(pair);
    expect(isWritten).toBe(true);
    expect(Buffer.concat(chunks).equals(sent)).toBe(true);
    expect([pair.client.bytesWritten, pair.service.bytesRead]).toEqual([size, size]);
  });

  test('keep the order of writes while one waits', async () => {
    const pair = await openPair();
    const inside = pair.client as unknown as { _write(bytes: Buffer, encoding: string, done: () => void): void };
    const done: number[] = [];
    const parts = [Buffer.alloc(CAPACITY_BYTES + 10, 'a'), Buffer.alloc(10, 'b'), Buffer.alloc(10, 'c')];
    for (const [i, part] of parts.entries()) inside._write(part, 'buffer', () => done.push(i)); // as a fault does
    const chunks: Buffer[] = [];
    pair.service.on('data', (bytes: Buffer) => chunks.push(bytes));
    await carry(pair);
    expect(Buffer.concat(chunks).equals(Buffer.concat(parts))).toBe(true);
    expect(done).toEqual([0, 1, 2]);
  });

  test('end after the last byte, and the service may still answer', async () => {
    const pair = await openPair();
    const got: string[] = [];
    pair.service.on('data', (bytes: Buffer) => got.push(String(bytes))).on('end', () => got.push('end'));
    pair.client.on('data', (bytes: Buffer) => got.push(`answer ${bytes}`)).on('end', () => got.push('end of answer'));
    pair.client.end('last');
    await carry(pair);
    pair.service.end('well');
    await carry(pair);
    expect(got).toEqual(['last', 'end', 'answer well', 'end of answer']);
    expect([pair.client.destroyed, pair.service.destroyed, pair.isOver]).toEqual([true, true, true]);
  });

  test('that are destroyed deliver what was written, then end; a write to them fails', async () => {
    const pair = await openPair();
    const got: string[] = [];
    pair.service.on('data', (bytes: Buffer) => got.push(String(bytes))).on('end', () => got.push('end'));
    const failed = once(pair.service, 'error');
    pair.client.write('last');
    await new Promise((resolve) => setImmediate(resolve));
    pair.client.destroy();
    await carry(pair);
    expect(got).toEqual(['last', 'end']);
    pair.service.write('anybody?');
    expect((await failed)[0]).toMatchObject({ code: 'EPIPE' });
    await carry(pair);
    expect(pair.isOver).toBe(true);
  });

  test('release a waiting writer when its reader is destroyed', async () => {
    const pair = await openPair();
    const failed = once(pair.service, 'error');
    pair.client.pause();
    pair.service.write(Buffer.alloc(3 * CAPACITY_BYTES));
    await carry(pair);
    expect(pair.service.writableLength).toBeGreaterThan(0);
    pair.client.destroy();
    await carry(pair);
    expect((await failed)[0]).toMatchObject({ code: 'EPIPE' });
  });
});

describe('the key of a handshake', () => {
  const request = (key: string) => `GET / HTTP/1.1\r\nSec-WebSocket-Key: ${key}\r\n\r\n`;
  const answer = (key: string) => `HTTP/1.1 101 Hello\r\nSec-WebSocket-Accept: ${acceptOf(key)}\r\n\r\n`;

  async function exchange(answers: readonly string[]) {
    const pair = new MemoryPair(DRAWN, SENT);
    let asked = '';
    let answered = '';
    pair.service.on('data', (bytes: Buffer) => {
      asked += bytes;
    });
    pair.client.on('data', (bytes: Buffer) => {
      answered += bytes;
    });
    pair.client.write(request(DRAWN));
    pair.client.write(request(DRAWN)); // only the head is changed
    await carry(pair);
    for (const part of answers) {
      pair.service.write(part);
      await carry(pair);
    }
    return { pair, asked, answered: () => answered };
  }

  test('is replaced on the wire, and the answer to it is replaced on the way back', async () => {
    const { asked, answered } = await exchange([answer(SENT), answer(SENT)]);
    expect(asked).toBe(request(SENT) + request(DRAWN));
    expect(answered()).toBe(answer(DRAWN) + answer(SENT));
  });

  test('is replaced in pieces too, and a wrong answer stays wrong', async () => {
    const pieces = [...answer(SENT)];
    expect((await exchange(pieces)).answered()).toBe(answer(DRAWN));
    expect((await exchange([answer('other')])).answered()).toBe(answer('other'));
  });

  test('does not delay an answer that ends or continues without an end of its head', async () => {
    const { pair, answered } = await exchange(['HTTP/1.1 500 Oh']);
    expect(answered()).toBe('');
    pair.service.end();
    await carry(pair);
    expect(answered()).toBe('HTTP/1.1 500 Oh');
    const endless = 'x'.repeat(CAPACITY_BYTES + 1);
    expect((await exchange([endless])).answered()).toBe(endless);
  });
});
