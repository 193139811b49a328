import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Client } from '../../lib/client/index.js';
import { type ServiceNetwork, SimulatedService } from '../../lib/service/index.js';
import { SimulatedDevice, toneSource } from '../../lib/sim/index.js';
import { issueConnectToken } from '../../lib/token/index.js';
import { Timers } from '../../lib/virtual_time/timers.js';
import { VirtualTime } from '../../lib/virtual_time/virtual_time.js';

const HOST = '127.0.0.1';
const PORT = 8080;
const ENDPOINT = `http://${HOST}:${PORT}`;

function openTime(seed: number | string = 1, maxActsAtOneInstant = 100_000): VirtualTime {
  const time = new VirtualTime({ seed, host: HOST, port: PORT, maxActsAtOneInstant });
  onTestFinished(() => time.close());
  return time;
}

function pause(time: VirtualTime, ms: number): Promise<void> {
  return new Promise((resolve) => void time.startTimer(ms, resolve));
}

describe('virtual time', () => {
  test('jumps to what is due and takes no other time', async () => {
    const time = openTime();
    const begin = performance.now();
    await time.run(async () => {
      expect(time.nowMs()).toBe(0);
      const wallMs = time.wallMs();
      await pause(time, 3_600_000);
      expect([time.nowMs(), time.wallMs() - wallMs]).toEqual([3_600_000, 3_600_000]);
    });
    expect(performance.now() - begin).toBeLessThan(60_000);
  });

  test('fires timers in the order of their times, then of their starts, and never cancelled ones', async () => {
    const time = openTime();
    const fired: string[] = [];
    const start = (name: string, ms: number) => time.startTimer(ms, () => fired.push(`${name} at ${time.nowMs()}`));
    await time.run(async () => {
      start('c', 30);
      start('a', 10);
      const cancelled = start('never', 10);
      start('b', 10);
      start('soon', 0);
      start('rounded', 1.2);
      cancelled.cancel();
      await pause(time, 40);
      cancelled.cancel();
    });
    expect(fired).toEqual(['soon at 1', 'rounded at 2', 'a at 10', 'b at 10', 'c at 30']);
  });

  test('fires many timers in order, whatever the order of their starts', async () => {
    const time = openTime();
    const fired: number[] = [];
    const delays = Array.from({ length: 500 }, (_, i) => 1 + ((i * 7919) % 1009));
    await time.run(async () => {
      for (const ms of delays) time.startTimer(ms, () => fired.push(ms));
      await pause(time, 2000);
    });
    expect(fired).toEqual([...delays].sort((a, b) => a - b));
  });

  test('removes many cancelled timers and keeps the order of the others', () => {
    const timers = new Timers();
    const fired: number[] = [];
    for (let i = 0; i < 10_000; i++) {
      const ms = (i * 7919) % 1009;
      if (i % 100 === 0) timers.add(ms, () => fired.push(ms));
      timers.add(ms, () => expect.unreachable()).cancel();
    }
    expect(timers.size).toBeLessThan(1000);
    while (timers.fireOne(2000)) {}
    expect(fired).toEqual([...fired].sort((a, b) => a - b));
    expect([fired.length, timers.size, timers.nextDueMs()]).toEqual([100, 0, undefined]);
  });

  test('lets JavaScript finish before it advances', async () => {
    const time = openTime();
    await time.run(async () => {
      time.startTimer(5, () => expect.unreachable());
      for (let i = 0; i < 1000; i++) await Promise.resolve();
      await new Promise<void>((resolve) => process.nextTick(resolve));
      expect(time.nowMs()).toBe(0);
    });
  });

  test('returns the result of the work, or its failure', async () => {
    const time = openTime();
    expect(await time.run(() => Promise.resolve(3))).toBe(3);
    const failing = time.run(async () => {
      await pause(time, 5);
      throw new RangeError('no');
    });
    await expect(failing).rejects.toThrow(RangeError);
  });

  test('rejects when nothing can ever happen again', async () => {
    const time = openTime();
    await expect(time.run(() => new Promise(() => {}))).rejects.toThrow(/nothing is due after 0 ms of virtual time/);
  });

  test('reports a standstill and continues', async () => {
    const time = openTime(1, 100);
    const told: number[] = [];
    let wanted = true;
    time.onStandstill = (nowMs) => {
      told.push(nowMs);
      wanted = false;
    };
    // A network that always has bytes to deliver.
    time.network.deliver = () => wanted;
    await time.run(() => pause(time, 7));
    expect([told, time.nowMs()]).toEqual([[0], 7]);
  });
});

/** The bytes of all sockets of the service. */
function tapped(network: ServiceNetwork, tap: (text: Buffer) => void): ServiceNetwork {
  return {
    listen: (host, port, take) =>
      network.listen(host, port, (socket: Duplex) => {
        const inside = socket as unknown as Record<'onBytes' | '_write', (bytes: Buffer, ...rest: unknown[]) => void>;
        for (const name of ['onBytes', '_write'] as const) {
          const original = inside[name];
          inside[name] = (bytes, ...rest) => {
            tap(bytes);
            original.call(socket, bytes, ...rest);
          };
        }
        take(socket);
      }),
  };
}

/** Runs a service, a device that plays and a TypeScript client that watches and sends; returns the bytes on the wire. */
async function talk(seed: number) {
  const time = openTime(seed);
  const { network } = time;
  const hash = createHash('sha256');
  const heads: string[] = [];
  let wireBytes = 0;
  const service = new SimulatedService({
    port: PORT,
    seed,
    clock: time,
    devices: { cam: 'secret' },
    apps: { app: 'key' },
    network: tapped(network, (bytes) => {
      hash.update(bytes);
      wireBytes += bytes.length;
      if (bytes.includes('Sec-WebSocket')) heads.push(bytes.toString('latin1'));
    }),
  });
  let receivedFrames = 0;
  await time.run(async () => {
    const { port, endpoint } = await service.listen();
    expect([port, endpoint]).toEqual([PORT, ENDPOINT]);
    const streams = [{ stream: 0, source: toneSource('alaw') }];
    const options = { deviceId: 'cam', deviceSecretKey: 'secret', endpoint, streams, commands: () => 'yes' };
    const device = new SimulatedDevice(options, time, () => network.world.loop);
    await device.start();
    const client = new Client({ endpoint, clock: time }, network);
    const nonce = network.randomBytes(16);
    const issuedAt = Math.floor(time.wallMs() / 1000);
    const keys = { accessId: 'app', secretKey: 'key', remoteId: 'cam', deviceSecretKey: 'secret' };
    const token = issueConnectToken({ ...keys, subject: 'me', nonce, issuedAt });
    const connection = await client.connect({ remoteId: 'cam', token });
    connection.on('audio', () => {
      receivedFrames += 1;
    });
    await connection.subscribeAudio(0);
    await connection.request(0x4001, 'well?');
    await pause(time, 10_000);
    await connection.close();
    await device.close();
    await service.close();
  });
  return { digest: hash.digest('hex'), receivedFrames, wireBytes, heads };
}

describe('an actor in virtual time', () => {
  test('sends the same bytes with the same seed', async () => {
    const [first, second, other] = [await talk(1), await talk(1), await talk(2)];
    expect(first.receivedFrames).toBeGreaterThan(480); // 50 per second
    expect(first.wireBytes).toBeGreaterThan(100_000);
    expect(second).toEqual(first);
    expect(other.digest).not.toBe(first.digest);
    const keys = first.heads.flatMap((head) => /Sec-WebSocket-Key: (\S+)/.exec(head)?.[1] ?? []);
    expect(new Set(keys).size).toBe(3); // start, accept, and that of the client, which ws would choose at random
  });

  test('is refused when no service listens', async () => {
    const time = openTime();
    const client = new Client({ endpoint: ENDPOINT, clock: time }, time.network);
    const away = new Client({ endpoint: 'http://127.0.0.1:9', clock: time }, time.network);
    await time.run(async () => {
      for (const one of [client, away]) {
        await expect(one.connect({ remoteId: 'cam', token: 'v1.a.b' })).rejects.toMatchObject({
          code: 'HTTP_SERVER_DOWN',
        });
      }
    });
  });

  test('cannot listen on a port in use or at another address', async () => {
    const { network } = openTime();
    await network.listen(HOST, PORT, () => {});
    await expect(network.listen(HOST, PORT, () => {})).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await expect(network.listen(HOST, 1, () => {})).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
    const service = new SimulatedService({ port: PORT, network });
    await expect(service.listen()).rejects.toThrow('EADDRINUSE');
  });
});
