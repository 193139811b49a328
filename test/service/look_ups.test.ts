import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { SimulatedServiceOptions } from '../../lib/service/index.js';
import { Lookups, MAX_LOOKUPS } from '../../lib/service/lookups.js';
import { FakeClock } from '../support/fake_clock.js';
import {
  ACCESS_ID,
  connect,
  connectedPair,
  DEVICE_ID,
  DEVICE_SECRET,
  nextEvent,
  openStart,
  proveDevice,
  SECRET_KEY,
  startService,
  TestDevice,
  token,
} from './support/index.js';

const known = (id: string) => (id === DEVICE_ID ? DEVICE_SECRET : undefined);
const knownApp = (id: string) => (id === ACCESS_ID ? SECRET_KEY : undefined);

/** A promise that the test settles. */
function deferred<Value>() {
  let resolve: (value: Value) => void = () => {};
  const promise = new Promise<Value>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** Start a service, and collect the errors that it emits. */
async function serviceWith(options: SimulatedServiceOptions) {
  const started = await startService(options);
  const errors: string[] = [];
  started.service.on('error', (error) => errors.push(String(error)));
  return { ...started, errors };
}

describe.each<[string, SimulatedServiceOptions]>([
  ['return a secret', { devices: known, apps: knownApp }],
  ['return a promise of one', { devices: async (id) => known(id), apps: async (id) => knownApp(id) }],
])('look-ups that %s', (_, options) => {
  test('let devices start and clients connect, with a token and a ticket', async () => {
    const { endpoint, errors } = await serviceWith(options);
    await connectedPair(endpoint);
    expect(errors).toEqual([]);
  });

  test('refuse what is not known like a wrong proof', async () => {
    const { service, endpoint, errors } = await serviceWith(options);
    for (const wrong of [{ deviceId: 'stranger' }, { secret: 'wrong' }]) {
      const { link } = await proveDevice(endpoint, wrong);
      expect(await link.nextControl('bye')).toEqual({ type: 'bye', reason: 1, text: '' });
    }
    expect(service.requestLog()[0]?.explanation).toContain('is unknown');
    expect(await (await connect(endpoint, token({ accessId: 'other' }))).nextBye()).toBe('token_issuer');
    const stranger = token({ remoteId: 'stranger' });
    expect(await (await connect(endpoint, stranger, 'stranger')).nextBye()).toBe('token_device');
    expect(errors).toEqual([]);
  });

  test('find devices that were registered before they are asked', async () => {
    const { service, endpoint } = await serviceWith(options);
    service.setDevice('camera-9', 'nine');
    await TestDevice.start(endpoint, { deviceId: 'camera-9', secret: 'nine' });
    service.setDevice(DEVICE_ID, 'registered');
    await TestDevice.start(endpoint, { secret: 'registered' });
    expect(service.removeDevice(DEVICE_ID)).toBe(true);
    await TestDevice.start(endpoint);
    expect(service.removeDevice('stranger')).toBe(false);
  });
});

describe('the look-up of a device', () => {
  test('begins when the challenge was sent, and is awaited when the proof has arrived', async () => {
    const { promise, resolve } = deferred<string>();
    const asked = deferred<string>();
    const devices = (id: string) => {
      asked.resolve(id);
      return promise;
    };
    const { service, endpoint } = await serviceWith({ devices });
    const online = nextEvent(service, 'deviceOnline');
    const { link } = await proveDevice(endpoint);
    expect(await asked.promise).toBe(DEVICE_ID);
    resolve(DEVICE_SECRET);
    await link.nextControl('started');
    await online;
  });

  test.each<[string, () => never | Promise<never>]>([
    [
      'throws',
      () => {
        throw new Error('database is away');
      },
    ],
    ['rejects', () => Promise.reject(new Error('database is away'))],
  ])('that %s refuses the start with a reason, and is reported', async (_, look) => {
    const { service, endpoint, errors } = await serviceWith({ devices: look });
    const { link } = await proveDevice(endpoint);
    expect(await link.nextControl('bye')).toEqual({ type: 'bye', reason: 7, text: '' });
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(`the look-up of the device "${DEVICE_ID}" failed: database is away`);
    expect(service.requestLog()[0]?.outcome).toBe('bye(other)');
  });

  test.each([
    ['a number', 5, 'it returned 5'],
    ['a secret that is too long', 'x'.repeat(64), 'use a string of 1 to 63 bytes'],
  ])('that returns %s refuses the start, and its error contains no secret', async (_, secret, reason) => {
    const { endpoint, errors } = await serviceWith({ devices: () => secret as string });
    const { link } = await proveDevice(endpoint);
    expect(await link.nextBye()).toBe('other');
    expect(errors[0]).toContain(reason);
    expect(errors[0]).not.toContain('xxxx');
  });

  test('that never answers refuses the start within the time for the proof', async () => {
    const clock = Object.assign(new FakeClock(), { wallMs: () => Date.now() });
    const asked = deferred<void>();
    const devices = () => {
      asked.resolve();
      return new Promise<string>(() => {});
    };
    const { service, endpoint, errors } = await serviceWith({ devices, clock, proofTimeoutMs: 5000 });
    const { link } = await proveDevice(endpoint);
    await asked.promise;
    while (service.requestLog()[0]?.outcome === 'waiting') {
      await delay(5); // until the proof has arrived, which no event reports
      clock.advance(2500);
    }
    expect(await link.nextBye()).toBe('timeout');
    expect(service.requestLog()[0]?.explanation).toMatch(/within 5000 ms$/);
    expect(errors.length).toBeLessThanOrEqual(1);
  });

  test('whose link ends before it answers has no effect', async () => {
    const { promise, resolve } = deferred<string>();
    const { service, endpoint, errors } = await serviceWith({ devices: () => promise });
    const { link } = await proveDevice(endpoint);
    const refused = nextEvent(service, 'startRefused');
    link.ws.terminate();
    expect(await refused).toMatchObject({ reason: 'closed' });
    resolve(DEVICE_SECRET);
    await delay(1);
    expect(service.onlineDevices()).toEqual([]);
    expect(errors).toEqual([]);
  });

  test('leaves no room for a second proof', async () => {
    const { endpoint } = await serviceWith({ devices: () => new Promise(() => {}) });
    const { link } = await proveDevice(endpoint);
    link.ws.send(Buffer.concat([Uint8Array.of(255, 2), Buffer.alloc(64)]));
    expect(await link.nextBye()).toBe('protocol');
  });

  test('does not change how a device that sends no proof is refused', async () => {
    const clock = Object.assign(new FakeClock(), { wallMs: () => 0 });
    const { endpoint } = await serviceWith({ devices: async () => DEVICE_SECRET, clock });
    const link = await openStart(endpoint, { 'X-Tg-Device-Id': DEVICE_ID });
    await link.nextControl('challenge');
    clock.advance(10_000);
    expect(await link.nextBye()).toBe('timeout');
  });
});

describe('the look-up for a client', () => {
  test('that fails refuses the connect with a reason, which does not say why', async () => {
    const apps = () => Promise.reject(new Error('database is away'));
    const { endpoint, errors } = await serviceWith({ apps });
    const bye = await (await connect(endpoint)).nextControl('bye');
    expect(bye).toMatchObject({ reason: 7, text: 'the service cannot check the credential now' });
    expect(errors[0]).toContain('the look-up of the app "ak" failed: database is away');
  });

  test('that never answers refuses the connect within the time for a proof', async () => {
    const { endpoint, errors } = await serviceWith({ apps: () => new Promise(() => {}), proofTimeoutMs: 30 });
    const bye = await (await connect(endpoint)).nextControl('bye');
    expect(bye).toMatchObject({ reason: 7, text: 'the service could not check the credential within 30 ms' });
    expect(errors).toHaveLength(1);
  });

  test('has no effect when the client closes or the service stops before it answers', async () => {
    const { service, endpoint, errors } = await serviceWith({ apps: () => new Promise(() => {}) });
    const refused = nextEvent(service, 'connectRefused');
    (await connect(endpoint)).ws.terminate();
    expect(await refused).toMatchObject({ reason: 'closed' });
    const client = await connect(endpoint);
    await service.close();
    expect(await client.nextBye()).toBe('stopping');
    expect(service.requestLog().map(({ outcome }) => outcome)).toEqual(['closed', 'bye(stopping)']);
    expect(errors).toEqual([]);
  });
});

describe('many look-ups', () => {
  test('run a bounded number at once, and skip what is not wanted any more', async () => {
    const lookups = new Lookups(new FakeClock(), 1000);
    const pending = Array.from({ length: MAX_LOOKUPS * 2 }, () => deferred<number>());
    let most = 0;
    const results = pending.map(({ promise }, i) =>
      lookups.run(
        () => {
          most = Math.max(most, lookups.running);
          return promise;
        },
        () => i !== MAX_LOOKUPS,
      ),
    );
    const settled = Promise.allSettled(results);
    await delay(1);
    expect(lookups.running).toBe(MAX_LOOKUPS);
    for (const { resolve } of pending) resolve(0);
    const outcomes = await settled;
    expect(most).toBe(MAX_LOOKUPS);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    expect(outcomes[MAX_LOOKUPS]?.status).toBe('rejected');
    expect(lookups.running).toBe(0);
  });

  test('that never answer give their places up after the time limit', async () => {
    const clock = new FakeClock();
    const lookups = new Lookups(clock, 1000);
    const hanging = Array.from({ length: MAX_LOOKUPS }, () =>
      lookups
        .run(
          () => new Promise(() => {}),
          () => true,
        )
        .catch(String),
    );
    const next = lookups.run(
      () => 'found',
      () => true,
    );
    await delay(1);
    clock.advance(1000);
    expect(await next).toBe('found');
    expect((await Promise.all(hanging))[0]).toContain('no answer in 1000 ms');
  });

  test('of 100,000 ids find each device of a service', { timeout: 30_000 }, async () => {
    const ids = new Map(Array.from({ length: 100_000 }, (_, i) => [`camera-${i}`, `secret-${i}`]));
    let running = 0;
    let most = 0;
    const devices = async (id: string) => {
      running += 1;
      most = Math.max(most, running);
      await delay(1);
      running -= 1;
      return ids.get(id);
    };
    const { service, endpoint, errors } = await serviceWith({ devices });
    const wanted = Array.from({ length: 300 }, (_, i) => i * 333);
    await Promise.all(
      wanted.map((i) => TestDevice.start(endpoint, { deviceId: `camera-${i}`, secret: `secret-${i}` })),
    );
    expect(service.onlineDevices()).toHaveLength(wanted.length);
    expect(most).toBeLessThanOrEqual(MAX_LOOKUPS);
    const { link } = await proveDevice(endpoint, { deviceId: 'camera-100000', secret: 'secret-100000' });
    expect(await link.nextBye()).toBe('refused');
    expect(errors).toEqual([]);
  });
});
