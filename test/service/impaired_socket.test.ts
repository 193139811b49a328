import { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { MAX_HELD_BYTES } from '../../lib/service/faults/impaired_flow.js';
import { ImpairedSocket } from '../../lib/service/faults/impaired_socket.js';
import { FakeClock } from '../support/fake_clock.js';

const CHUNK_BYTES = 64 * 1024;

/** A socket whose peer always has more to say. As with those of Node, push() that returns false ends the reading, and _read()
 *  begins it again. */
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

function impaired() {
  const clock = new FakeClock();
  const socket = new EndlessSocket();
  let read = 0;
  socket.on('data', (chunk: Buffer) => {
    read += chunk.length;
  });
  return { clock, socket, pipe: new ImpairedSocket(socket, clock, () => 0.5), read: () => read };
}

test('a throttled link is read no faster than it lets pass', async () => {
  const { clock, socket, pipe, read } = impaired();
  pipe.set([{ kind: 'throttle', bytesPerSecond: 10_000 }]);
  await turns(3);
  for (let i = 0; i < 100; i++) {
    clock.advance(20);
    await turns(3);
  }
  expect(read()).toBeGreaterThan(19_000);
  expect(read()).toBeLessThanOrEqual(20_000 + CHUNK_BYTES); // a chunk may have come before the fault
  expect(socket.taken).toBeLessThanOrEqual(read() + MAX_HELD_BYTES + 2 * CHUNK_BYTES);
  socket.destroy();
});

test('a link that was throttled is read on when the fault is lifted', async () => {
  const { clock, socket, pipe, read } = impaired();
  pipe.set([{ kind: 'throttle', bytesPerSecond: 10_000 }]);
  await turns(3);
  pipe.set([]);
  for (let i = 0; i < 10; i++) {
    clock.advance(2000);
    await turns(3);
  }
  const before = read();
  await turns(20);
  expect(read()).toBeGreaterThan(before + 5 * CHUNK_BYTES);
  socket.destroy();
});

test('a delayed link whose reader pauses is not read without end', async () => {
  const { clock, socket, pipe } = impaired();
  pipe.set([{ kind: 'delay', delayMs: 10 }]);
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
