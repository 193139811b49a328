import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Connection } from '../../lib/types/index.js';
import { type Bundle, bundle } from '../support/bundle.js';
import type { FloodWork } from './children/flood_worker.js';
import { APP, makeDevice, next, secretOf, tokenFor } from './support.js';

const FRAMES = 6000;
const FRAME_BYTES = 8000;

let flooder: Bundle;

beforeAll(async () => {
  flooder = await bundle(new URL('./children/flood_worker.ts', import.meta.url));
});

afterAll(() => flooder.remove());

function message(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

it('a flood waits in the network while JavaScript is busy, does not delay other connections, and arrives completely', async () => {
  const signal = new Int32Array(new SharedArrayBuffer(4));
  const work: FloodWork = {
    service: {
      devices: { flooded: secretOf('flooded'), quiet: secretOf('quiet') },
      apps: { [APP.accessId]: APP.secretKey },
    },
    tokens: { flooded: tokenFor('flooded'), quiet: tokenFor('quiet') },
    frames: FRAMES,
    frameBytes: FRAME_BYTES,
    signal,
  };
  const worker = new Worker(flooder.file, { workerData: work });
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  const endpoint = String(await message(worker));
  const devices = [makeDevice(endpoint, 'flooded'), makeDevice(endpoint, 'quiet')] as const;
  await Promise.all(devices.map((device) => device.start()));
  const accepted = Promise.all(devices.map((device) => next(device, 'connection')));
  worker.postMessage('started');
  await message(worker);
  const [flooded, quiet] = (await accepted).map(([connection]) => connection) as readonly Connection[] as [
    Connection,
    Connection,
  ];

  let received = 0;
  let inOrder = true;
  let receivedBeforeQuiet = -1;
  quiet.once('command', () => {
    receivedBeforeQuiet = received;
  });
  const all = new Promise<void>((resolve) => {
    flooded.on('audio', (frame) => {
      inOrder &&= frame.timestampMs === received && frame.data.length === FRAME_BYTES;
      received += 1;
      if (received === FRAMES) resolve();
    });
  });
  worker.postMessage('flood');
  expect(Atomics.wait(signal, 0, 0, 20_000)).toBe('ok'); /* this thread does nothing meanwhile */
  const sentWhileBusy = Atomics.load(signal, 0);
  await all;
  expect(inOrder).toBe(true);
  expect(sentWhileBusy).toBeLessThan(FRAMES);
  expect(receivedBeforeQuiet).toBeGreaterThanOrEqual(0);
  expect(receivedBeforeQuiet * FRAME_BYTES).toBeLessThan(1_500_000);
  worker.postMessage('done');
  await ended;
}, 40_000);
