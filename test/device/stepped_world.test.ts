import { describe, expect, onTestFinished, test } from 'vitest';
import { Device, type FarEnd, SteppedWorld } from '../../lib/device/index.js';
import { FakeClock } from '../support/fake_clock.js';
import { secretOf } from './support.js';

const HOST = '127.0.0.1';
const PORT = 8080;

function openWorld(seed: bigint): SteppedWorld {
  const world = new SteppedWorld(seed, HOST, PORT);
  onTestFinished(() => world.close());
  return world;
}

function startDevice(world: SteppedWorld, deviceId: string): Device {
  const options = { deviceId, deviceSecretKey: secretOf(deviceId), endpoint: `http://${HOST}:${PORT}` };
  const device = new Device(options, new FakeClock(), () => world.loop);
  device.start().catch(() => {}); // its events tell
  return device;
}

/** Run everything that is due now. */
function settle(world: SteppedWorld): void {
  while (world.deliver() || world.step()) {}
}

/** Move the clock to the next event. Returns by how many ms. */
function jump(world: SteppedWorld): number {
  const ms = world.nextDueMs();
  expect(ms).toBeGreaterThan(0);
  world.advance(ms);
  return ms;
}

/** Accepts links and keeps the bytes that they deliver. */
function listen(
  world: SteppedWorld,
): { readonly link: FarEnd; readonly text: () => string; readonly news: string[] }[] {
  const taken: ReturnType<typeof listen> = [];
  world.listen((link) => {
    const chunks: Buffer[] = [];
    const news: string[] = [];
    link.events = {
      isReading: true,
      onBytes: (bytes) => chunks.push(bytes),
      onEnd: () => news.push('end'),
      onBroken: () => news.push('broken'),
      onRoom: () => {},
    };
    taken.push({ link, news, text: () => Buffer.concat(chunks).toString('latin1') });
  });
  return taken;
}

/** The times at which a device without an answer retries, for ten minutes. */
function attempts(seed: bigint): readonly number[] {
  const world = openWorld(seed);
  const device = startDevice(world, 'cam');
  const retries: number[] = [];
  device.on('startFailed', ({ error, retryInMs }) => {
    expect(error.code).toBe('HTTP_SERVER_DOWN');
    retries.push(retryInMs ?? 0);
  });
  let nowMs = 0;
  settle(world);
  while (nowMs < 600_000) {
    nowMs += jump(world);
    settle(world);
  }
  return retries;
}

describe('a stepped world', () => {
  test('nothing happens until the clock is moved', () => {
    const world = openWorld(1n);
    const device = startDevice(world, 'cam');
    expect(device.state).toBe('starting');
    const failures: unknown[] = [];
    device.on('startFailed', (failure) => failures.push(failure));
    settle(world);
    expect(failures).toHaveLength(1);
    settle(world);
    expect(failures).toHaveLength(1);
    jump(world);
    settle(world);
    expect(failures).toHaveLength(2);
  });

  test('the same seed gives the same ten minutes of back-off, without waiting', () => {
    const first = attempts(7n);
    expect(first.length).toBeGreaterThan(20);
    expect(Math.max(...first)).toBeGreaterThan(20_000);
    expect(Math.max(...first)).toBeLessThanOrEqual(30_000);
    expect(attempts(7n)).toEqual(first);
    expect(attempts(8n)).not.toEqual(first);
  });

  test('a link carries bytes both ways, and its end', () => {
    const talk = () => {
      const world = openWorld(3n);
      const taken = listen(world);
      const device = startDevice(world, 'cam');
      const locations: string[] = [];
      device.on('hijacked', ({ location }) => locations.push(location));
      settle(world);
      expect(taken).toHaveLength(1);
      const answer = Buffer.from('HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\nContent-Length: 0\r\n\r\n');
      expect(taken[0]?.link.write(answer)).toBe(answer.length);
      settle(world);
      expect(locations).toEqual(['http://login.example/']);
      expect(taken[0]?.news).toEqual(['end']);
      expect(taken[0]?.link.write(answer)).toBeLessThan(0);
      return taken[0]?.text();
    };
    const head = talk();
    expect(head).toMatch(/^GET \/v1\/start HTTP\/1\.1\r\n[\s\S]*Sec-WebSocket-Key: .{24}\r\n/);
    expect(talk()).toBe(head);
  });

  test('the bytes of a link that is not read are kept', () => {
    const world = openWorld(3n);
    let isReading = false;
    const got: Buffer[] = [];
    const rest = { onEnd: () => {}, onBroken: () => {}, onRoom: () => {} };
    world.listen((link) => {
      link.events = {
        get isReading() {
          return isReading;
        },
        onBytes: (bytes) => got.push(bytes),
        ...rest,
      };
    });
    startDevice(world, 'cam');
    settle(world);
    expect(got).toEqual([]);
    isReading = true;
    settle(world);
    expect(Buffer.concat(got).toString()).toContain('/v1/start');
  });

  test('devices are stepped in the order they were opened', () => {
    const world = openWorld(4n);
    const order: string[] = [];
    const ids = ['c', 'a', 'b'];
    for (const id of ids) startDevice(world, id).on('startFailed', () => order.push(id));
    settle(world);
    expect(order).toEqual(ids);
  });

  test('links are refused without a listener, and a device notices a link that was hung up', () => {
    const world = openWorld(5n);
    const taken = listen(world);
    const device = startDevice(world, 'cam');
    const codes: string[] = [];
    device.on('startFailed', ({ error }) => codes.push(error.code));
    settle(world);
    taken[0]?.link.hangUp();
    settle(world);
    world.listen(undefined);
    jump(world);
    settle(world);
    expect(codes).toEqual(['SERVER_ERROR', 'HTTP_SERVER_DOWN']);
    expect(taken).toHaveLength(1);
  });

  test('a closed world has freed all memory, and can still be called', async () => {
    const world = openWorld(6n);
    const device = startDevice(world, 'cam');
    settle(world);
    expect(world.usedBytes()).toBeGreaterThan(0);
    const closing = device.close();
    settle(world);
    await closing;
    expect(world.usedBytes()).toBe(0);
    const left = startDevice(world, 'other');
    world.close();
    expect([world.step(), world.deliver(), world.nextDueMs(), world.usedBytes()]).toEqual([false, false, -1, 0]);
    world.advance(1000);
    expect(() => left.stop()).not.toThrow();
  });
});
