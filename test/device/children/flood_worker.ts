// A service, and two clients of it: one floods its device until nothing moves any more, then the other sends one command.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { Device } from '../../../lib/device/index.js';
import { SimulatedService, type SimulatedServiceOptions } from '../../../lib/service/index.js';
import type { Connection } from '../../../lib/types/index.js';
import { MEDIA } from '../../../lib/wire/index.js';

export interface FloodWork {
  readonly service: SimulatedServiceOptions;
  readonly tokens: { readonly flooded: string; readonly quiet: string };
  readonly frames: number;
  readonly frameBytes: number;
  /** [0] becomes the number of frames sent when the flood stands still. */
  readonly signal: Int32Array;
}

const work = workerData as FloodWork;
const port = parentPort;
assert(port !== null);
const service = new SimulatedService(work.service);
const { endpoint } = await service.listen();
port.postMessage(endpoint);
await new Promise((resolve) => port.once('message', resolve)); /* both devices are started */

const client = new Device({ endpoint, maxSendBufferBytes: 1024 * 1024 });
await client.start();
const flooded = await client.connect({ remoteId: 'flooded', token: work.tokens.flooded });
const quiet = await client.connect({ remoteId: 'quiet', token: work.tokens.quiet });
port.postMessage('connected');
await new Promise((resolve) => port.once('message', resolve)); /* the main thread sleeps from now on */

let sent = 0;
const flooding = flood(flooded);
await standsStill();
quiet.sendCommand({ command: 0x4001, sequenceNumber: 1 });
while (quiet.bufferedBytes > 0) await delay(1);
await delay(200); /* it is with the kernel; only the other end, asleep, could say when it has it */
Atomics.store(work.signal, 0, sent);
Atomics.notify(work.signal, 0);
await flooding;
await new Promise((resolve) => port.once('message', resolve)); /* everything arrived */
await client.close();
await service.close();

async function flood(connection: Connection): Promise<void> {
  const data = Buffer.alloc(work.frameBytes, 7);
  while (sent < work.frames) {
    const goOn = connection.sendAudio({ stream: 0, media: MEDIA.PCM, timestampMs: sent, data });
    sent += 1;
    if (!goOn) await new Promise<void>((resolve) => void connection.once('drain', resolve));
  }
}

async function standsStill(): Promise<void> {
  for (let before = -1; before !== sent || sent === 0; ) {
    before = sent;
    await delay(300);
  }
}
