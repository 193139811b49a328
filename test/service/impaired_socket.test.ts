import { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { MAX_HELD_BYTES } from '../../lib/service/faults/impaired_flow.js';
import { ImpairedSocket } from '../../lib/service/faults/impaired_socket.js';
import { FakeClock } from '../support/fake_clock.js';

const CHUNK_BYTES = 64 * 1024;

/** A socket whose peer always sends more. As in the sockets of Node, reading stops when push() returns false, and _read()
 *  starts it again. */
class EndlessSocket extends Duplex {
  taken = 0;
  #isReading = false;

  override _read(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    setImmediate(() => this.#pump());
  }

  override _write(_chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    done();
  }

  #pump(): void {
    if (this.destroyed) return;
    this.taken += CHUNK_BYTES;
    this.#isReading = this.push(Buffer.alloc(CHUNK_BYTES));
    if (this.#isReading) setImmediate(() => this.#pump());
  }
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

function makeImpairedSocket() {
  const clock = new FakeClock();
  const socket = new EndlessSocket();
  let read = 0;
  socket.on('data', (chunk: Buffer) => {
    read += chunk.length;
  });
  return { clock, socket, impaired: new ImpairedSocket(socket, clock, () => 0.5), read: () => read };
}

test('a throttled socket is read no faster than its rate', async () => {
  const { clock, socket, impaired, read } = makeImpairedSocket();
  impaired.set([{ kind: 'throttle', bytesPerSecond: 10_000 }]);
  await turns(3);
  for (let i = 0; i < 100; i++) {
    clock.advance(20);
    await turns(3);
  }
  expect(read()).toBeGreaterThan(19_000);
  expect(read()).toBeLessThanOrEqual(20_000 + CHUNK_BYTES); // a chunk may have arrived before the fault
  expect(socket.taken).toBeLessThanOrEqual(read() + MAX_HELD_BYTES + 2 * CHUNK_BYTES);
  socket.destroy();
});

test('a throttled socket is read at full speed when the fault is lifted', async () => {
  const { clock, socket, impaired, read } = makeImpairedSocket();
  impaired.set([{ kind: 'throttle', bytesPerSecond: 10_000 }]);
  await turns(3);
  impaired.set([]);
  for (let i = 0; i < 10; i++) {
    clock.advance(2000);
    await turns(3);
  }
  const before = read();
  await turns(20);
  expect(read()).toBeGreaterThan(before + 5 * CHUNK_BYTES);
  socket.destroy();
});

test('a delayed socket whose reader pauses holds a bounded number of bytes', async () => {
  const { clock, socket, impaired } = makeImpairedSocket();
  impaired.set([{ kind: 'delay', delayMs: 10 }]);
  socket.pause();
  for (let i = 0; i < 100; i++) {
    clock.advance(20);
    await turns(3);
  }
  expect(socket.taken).toBeLessThanOrEqual(socket.readableHighWaterMark + MAX_HELD_BYTES + 3 * CHUNK_BYTES);
  const before = socket.taken;
  socket.resume();
  for (let i = 0; i < 20; i++) {
    clock.advance(20);
    await turns(3);
  }
  expect(socket.taken).toBeGreaterThan(before + 5 * CHUNK_BYTES);
  socket.destroy();
});
