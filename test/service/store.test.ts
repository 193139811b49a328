import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { MemoryStore, type ServiceStore, SimulatedService } from '../../lib/service/index.js';
import {
  connect,
  connectByTicket,
  connectedPair,
  proveDevice,
  startService,
  TestDevice,
  token,
} from './support/index.js';

/** The same store behind promises, as a database in the network has it. */
function asynchronous(store: ServiceStore): ServiceStore {
  return new Proxy(store, {
    get:
      (target, name: keyof ServiceStore) =>
      async (...values: readonly never[]) => {
        await delay(1);
        return (target[name] as (...given: readonly never[]) => unknown)(...values);
      },
  });
}

describe.each([
  ['answers at once', (): ServiceStore => new MemoryStore()],
  ['answers by promises', (): ServiceStore => asynchronous(new MemoryStore())],
])('a service with a store that %s', (_, makeStore) => {
  test('refuses a used token after a restart', async () => {
    const store = makeStore();
    const used = token();
    const first = await startService({ store });
    expect(await (await connect(first.endpoint, used)).nextBye()).toBe('offline');
    await first.service.close();
    const { endpoint } = await startService({ store });
    expect(await (await connect(endpoint, used)).nextBye()).toBe('token_used');
    expect(await (await connect(endpoint, token())).nextBye()).toBe('offline');
  });

  test('refuses a used token after its clock jumped forward and back', async () => {
    let aheadMs = 0;
    const clock = { nowMs: () => performance.now(), wallMs: () => Date.now() + aheadMs, startTimer };
    const { endpoint } = await startService({ store: makeStore(), clock });
    const used = token();
    expect(await (await connect(endpoint, used)).nextBye()).toBe('offline');
    aheadMs = 3_600_000;
    const later = token({ issuedAt: Math.floor((Date.now() + aheadMs) / 1000) });
    expect(await (await connect(endpoint, later)).nextBye()).toBe('offline');
    aheadMs = 0;
    expect(await (await connect(endpoint, used)).nextBye()).toBe('token_used');
  });

  test('accepts a ticket after a restart, until it is revoked', async () => {
    const store = makeStore();
    const first = await startService({ store });
    const { clientReady } = await connectedPair(first.endpoint);
    await first.service.close();
    const { service, endpoint } = await startService({ store });
    const device = await TestDevice.start(endpoint);
    const ticket = clientReady.ticket ?? new Uint8Array();
    const client = await connectByTicket(endpoint, ticket);
    await device.accept(await device.nextIncoming());
    expect((await client.nextControl('ready')).ticketLifetimeSeconds).toBeGreaterThan(3500);
    await service.setDevice('camera-1', 'another');
    expect(await (await connectByTicket(endpoint, ticket)).nextBye()).toBe('ticket');
  });

  test('knows after a restart what was registered and removed', async () => {
    const store = makeStore();
    const first = await startService({ store });
    await first.service.setDevice('camera-9', 'nine');
    await first.service.setDevice('camera-1', 'changed');
    expect(await first.service.removeDevice('camera-2')).toBe(true);
    expect(await first.service.removeDevice('camera-2')).toBe(false);
    await first.service.setApp('other', 'other-secret');
    await first.service.close();
    const { service, endpoint } = await startService({ store });
    await TestDevice.start(endpoint, { deviceId: 'camera-9', secret: 'nine' });
    await TestDevice.start(endpoint, { secret: 'changed' });
    const removed = await proveDevice(endpoint, { deviceId: 'camera-2', secret: 'second-secret' });
    expect(await removed.link.nextBye()).toBe('refused');
    const credential = token({ accessId: 'other', secretKey: 'other-secret', deviceSecretKey: 'changed' });
    await connect(endpoint, credential);
    expect(await service.removeApp('other')).toBe(true);
    expect(await (await connect(endpoint, credential)).nextBye()).toBe('token_issuer');
  });

  test('accepts one of many uses of a token at the same time', async () => {
    const { endpoint } = await startService({ store: makeStore() });
    const once = token();
    const byes = await Promise.all(Array.from({ length: 30 }, async () => (await connect(endpoint, once)).nextBye()));
    expect(byes.filter((bye) => bye === 'offline')).toHaveLength(1);
    expect(byes.filter((bye) => bye === 'token_used')).toHaveLength(29);
  });
});

describe('a store that fails', () => {
  const failing = (method: keyof ServiceStore): ServiceStore =>
    new Proxy(new MemoryStore(), {
      get: (target, name: keyof ServiceStore) =>
        name === method
          ? () => {
              throw new Error('disk full');
            }
          : (target[name] as () => void).bind(target),
    });

  async function serviceWith(store: ServiceStore) {
    const started = await startService({ store });
    const errors: string[] = [];
    started.service.on('error', (error) => errors.push(String(error)));
    return { ...started, errors };
  }

  test('refuses a token whose use it cannot keep, and the client does not learn why', async () => {
    const { endpoint, errors } = await serviceWith(failing('use'));
    const bye = await (await connect(endpoint)).nextControl('bye');
    expect(bye).toMatchObject({ reason: 7, text: 'the service cannot check the credential now' });
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain('disk full');
  });

  test('refuses a device that it cannot find', async () => {
    const { endpoint, errors } = await serviceWith(failing('findSecret'));
    expect(await (await proveDevice(endpoint)).link.nextBye()).toBe('other');
    expect(errors[0]).toContain('the device "camera-1" cannot be looked up: the store failed (disk full)');
  });

  test('refuses a ticket that it cannot find', async () => {
    const { endpoint, errors } = await serviceWith(failing('findTicket'));
    expect(await (await connectByTicket(endpoint, new Uint8Array(32))).nextBye()).toBe('other');
    expect(errors[0]).toContain('a ticket cannot be checked');
  });

  test('does not end a connection whose ticket it cannot keep', async () => {
    const { endpoint, errors } = await serviceWith(failing('addTicket'));
    await connectedPair(endpoint);
    expect(errors[0]).toContain('disk full');
  });

  test('throws when a device is registered, and nothing has changed', async () => {
    const { service, endpoint } = await serviceWith(failing('setSecret'));
    expect(() => service.setDevice('camera-1', 'another')).toThrow('disk full');
    await TestDevice.start(endpoint);
  });

  test('keeps the secret of a device whose tickets it cannot end, so that no ticket outlives it', async () => {
    const { service, endpoint } = await serviceWith(failing('removeTickets'));
    expect(() => service.setDevice('camera-1', 'another')).toThrow('disk full');
    expect(() => service.removeDevice('camera-1')).toThrow('disk full');
    await TestDevice.start(endpoint);
  });
});

test('a store without the methods of one is refused with a hint', () => {
  expect(() => new SimulatedService({ store: {} as never })).toThrow('the option store has no method use()');
  expect(() => new SimulatedService({ store: 5 as never })).toThrow('the option store is 5');
});

test.each([
  ['nats://user:pass@host', 'this version has no stores at nats:// addresses'],
  ['', 'the option store is ""'],
  [':memory:', 'leave it out for a store in memory'],
])('the store %j is refused with a hint, without a password', (store, message) => {
  expect(() => new SimulatedService({ store })).toThrow(message);
  expect(() => new SimulatedService({ store })).not.toThrow('pass@');
});

test('without a database, a store in a file is refused with the command that installs one', () => {
  vi.spyOn(process as { getBuiltinModule?: (id: string) => unknown }, 'getBuiltinModule').mockReturnValue(undefined);
  const make = () => new SimulatedService({ store: 'never-made.db' });
  expect(make).toThrow(expect.objectContaining({ code: 'STORE_DATABASE_MISSING' }));
  expect(make).toThrow('npm install better-sqlite3@12');
});

test('a service does not close a store that it was given', async () => {
  const store = new MemoryStore();
  const close = { count: 0 };
  store.close = () => {
    close.count += 1;
  };
  const { service } = await startService({ store });
  await service.close();
  expect(close.count).toBe(0);
});

function startTimer(delayMs: number, callback: () => void) {
  const timer = setTimeout(callback, delayMs);
  timer.unref();
  return { cancel: () => clearTimeout(timer) };
}
