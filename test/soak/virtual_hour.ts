import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Client } from '../../lib/client/index.js';
import { SimulatedService } from '../../lib/service/index.js';
import { Clip, SimulatedClient, SimulatedDevice } from '../../lib/sim/index.js';
import { issueConnectToken } from '../../lib/token/index.js';
import { VirtualTime } from '../../lib/virtual_time/index.js';
import { MEDIA } from '../../lib/wire/index.js';

const SECOND_MS = 1000;
const HOUR_MS = 3600 * SECOND_MS;
const SAMPLES = 12;
const FRAMES_PER_SECOND = 25;
/** 25 of them are 1 Mbit/s. */
const FRAME_BYTES = 5000;
/** Garbage that the collector may not have freed yet. */
const MAX_GROWTH_BYTES = 1024 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Returns the memory of JavaScript's heap and of its buffers outside the heap. */
function usedBytes(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Returns one second of 1 Mbit/s, to be repeated. */
function video(): Clip {
  const frames = Array.from({ length: FRAMES_PER_SECOND }, (_, i) => ({
    data: Buffer.alloc(FRAME_BYTES, i),
    startMs: (i * SECOND_MS) / FRAMES_PER_SECOND,
    keyFrame: i === 0,
  }));
  return new Clip({ kind: 'video', media: MEDIA.H264, flags: 0, durationMs: SECOND_MS, frames });
}

/** Streams 1 Mbit/s for an hour of virtual time. Returns what grew or is missing. */
export async function soakVirtualHour(): Promise<readonly string[]> {
  const [host, port] = ['127.0.0.1', 8080];
  const time = new VirtualTime({ seed: 1, host, port });
  const { network } = time;
  const pause = (ms: number) => new Promise<void>((resolve) => void time.startTimer(ms, resolve));
  const keys = { accessId: 'app', secretKey: 'key', remoteId: 'cam', deviceSecretKey: 'secret' };
  const known = { devices: { cam: 'secret' }, apps: { app: 'key' } };
  const report = await time.run(async () => {
    const service = new SimulatedService({ ...known, port, seed: 1, clock: time, network });
    const { endpoint } = await service.listen();
    const streams = [{ stream: 0, source: video() }];
    const identity = { deviceId: 'cam', deviceSecretKey: 'secret', endpoint };
    const device = new SimulatedDevice({ ...identity, streams }, time, () => network.world.loop);
    await device.start();
    const issuedAt = Math.floor(time.wallMs() / SECOND_MS);
    const token = issueConnectToken({ ...keys, subject: 'viewer', issuedAt });
    const connection = await new Client({ endpoint, clock: time }, network).connect({ remoteId: 'cam', token });
    const viewer = new SimulatedClient(connection, { clock: time });
    let frames = 0;
    viewer.on('frame', () => {
      frames += 1;
    });
    await viewer.subscribe('video', 0);

    const samples: { readonly heap: number; readonly device: number }[] = [];
    for (let i = 0; i < SAMPLES; i++) {
      await pause(HOUR_MS / SAMPLES);
      samples.push({ heap: usedBytes(), device: network.world.usedBytes() });
    }
    const { state } = connection;
    await viewer.close();
    await device.close();
    await service.close();
    return { samples, state, frames, left: network.world.usedBytes() };
  });
  time.close();
  const { samples, state, frames, left } = report;
  const least = (some: typeof samples) => Math.min(...some.map(({ heap }) => heap));
  // One sample may contain garbage; a leak is in all of them.
  const grownBytes = least(samples.slice(SAMPLES / 2)) - least(samples.slice(0, SAMPLES / 2));
  console.log(`virtual hour: ${frames} frames, heap grown by ${Math.round(grownBytes / 1024)} KB`);
  const wantedFrames = 3600 * FRAMES_PER_SECOND;
  const deviceBytes = [...new Set(samples.map(({ device }) => device))];
  return [
    ...(state === 'open' ? [] : [`the connection is ${state} after an hour`]),
    ...(frames >= wantedFrames ? [] : [`${frames} of ${wantedFrames} frames arrived`]),
    ...(deviceBytes.length === 1 ? [] : [`the memory of the device changed: ${deviceBytes.join(', ')} bytes`]),
    ...(grownBytes < MAX_GROWTH_BYTES
      ? []
      : [`the heap grew by ${grownBytes} bytes: less than ${MAX_GROWTH_BYTES} is allowed`]),
    ...(left === 0 ? [] : [`${left} bytes of the device were not freed`]),
  ];
}
