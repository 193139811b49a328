import { describe, expect, it, vi } from 'vitest';
import { CLIENT_KINDS, endOf, join } from '../contract/support.js';
import { BAD_TOKENS } from './cases.js';
import {
  DEVICE_ID,
  eventually,
  expectHelpful,
  failureOf,
  firstFailure,
  leaveNothingOpen,
  makeDevice,
  next,
  secretOf,
  startService,
  tokenWith,
} from './support.js';

leaveNothingOpen();

describe('a device', () => {
  it.each([
    ['a wrong secret', DEVICE_ID],
    ['an unknown id', 'unknown'],
  ])('with %s is refused with the same final failure', async (_, deviceId) => {
    const { service, endpoint } = await startService([DEVICE_ID]);
    const device = makeDevice(endpoint, undefined, { deviceId, deviceSecretKey: 'wrong secret' });
    expect(await firstFailure(device)).toEqual({ number: -40004, code: 'REFUSED', isFinal: true });
    expect(service.onlineDevices()).toEqual([]);
    expect(service.requestLog()).toMatchObject([{ link: 'start', outcome: 'bye(refused)' }]);
  });

  it('with an id and without a secret fails with an error that names the missing option', async () => {
    const { endpoint } = await startService([DEVICE_ID]);
    const make = async () => await Promise.resolve(makeDevice(endpoint, undefined, { deviceId: DEVICE_ID }));
    expect(await failureOf(make())).toMatchObject({ code: 'NO_SECRET_KEY', number: -40014, message: /"cam"/ });
  });

  it('that starts again elsewhere replaces the older one, whose failure is final and whose connections stay open', async () => {
    const { service, endpoint } = await startService([DEVICE_ID]);
    const [older, newer] = [makeDevice(endpoint, DEVICE_ID), makeDevice(endpoint, DEVICE_ID)];
    await older.start();
    const kinds = await Promise.all(CLIENT_KINDS.map((kind) => kind.open(endpoint)));
    const pairs: Awaited<ReturnType<typeof join>>[] = [];
    for (const client of kinds) pairs.push(await join(client, older, { token: tokenWith() }));
    const ends = vi.fn();
    for (const { near, far } of pairs) for (const end of [near, far]) end.on('closed', ends);

    const failed = next(older, 'startFailed');
    await newer.start();
    const [{ error, retryInMs }] = await failed;
    expect(expectHelpful(error)).toMatchObject({ code: 'REPLACED', number: -40006, retryable: false });
    expect([retryInMs, older.state, newer.state]).toEqual([undefined, 'failed', 'started']);

    for (const { near, far } of pairs) {
      far.handle(0x4001, () => 'the older one answers');
      expect(Buffer.from((await near.request(0x4001)).data).toString()).toBe('the older one answers');
    }
    expect(ends).not.toHaveBeenCalled();
    for (const client of kinds) {
      const { near } = await join(client, newer, { token: tokenWith() });
      expect(near.state).toBe('open');
    }
    expect(service.onlineDevices()).toEqual([DEVICE_ID]);
  });
});

describe.each(CLIENT_KINDS.map((kind) => [kind.name, kind] as const))('%s', (_name, kind) => {
  async function online() {
    const { service, endpoint } = await startService([DEVICE_ID, 'other']);
    const device = makeDevice(endpoint, DEVICE_ID);
    const connections = vi.fn();
    device.on('connection', connections);
    await device.start();
    return { service, endpoint, device, connections, client: await kind.open(endpoint) };
  }

  it.each(BAD_TOKENS)(
    'whose token is %s fails with that reason, and the device is not notified',
    async (_, make, code, number) => {
      const { service, connections, client } = await online();
      const token = make();
      const error = await failureOf(client.connect({ remoteId: DEVICE_ID, token }));
      expect(error).toMatchObject({ code, number });
      expect(error.message).not.toContain(token);
      expect([service.connections(), connections.mock.calls.length]).toEqual([[], 0]);
      expect(JSON.stringify(service.requestLog())).not.toContain(token);
    },
  );

  it('whose token was used fails with that reason, and the first connection stays open', async () => {
    const { service, device, client } = await online();
    const token = tokenWith();
    const { near, far } = await join(client, device, { token });
    expect(await failureOf(client.connect({ remoteId: DEVICE_ID, token }))).toMatchObject({
      code: 'TOKEN_USED',
      number: -40012,
    });
    expect([near.state, far.state, service.connections().length]).toEqual(['open', 'open', 1]);
    const ended = endOf(far);
    await near.close();
    await ended;
    await eventually(() => expect(service.connections()).toEqual([]));
  });

  it('without a token, or with one that cannot be sent, fails before it dials', async () => {
    const { service, client } = await online();
    const without = await failureOf(client.connect({ remoteId: DEVICE_ID }));
    expect(without).toMatchObject({ code: 'CACHE_EXPIRED', number: -40011, advice: /token/ });
    for (const token of ['v1.hunter2\r\nX-Evil: 1', 'v1.hunter2 x', 'v1.hunter2\0', 'v1.hunter2é']) {
      const error = await failureOf(client.connect({ remoteId: DEVICE_ID, token }));
      expect([-40003, -40012]).toContain(error.number);
    }
    expect(service.requestLog().filter(({ link }) => link === 'connect')).toEqual([]);
  });

  it('that calls a device that is not online fails with OFFLINE', async () => {
    const { client } = await online();
    const token = tokenWith({ remoteId: 'other', deviceSecretKey: secretOf('other') });
    const error = await failureOf(client.connect({ remoteId: 'other', token }));
    expect(error).toMatchObject({ code: 'OFFLINE', number: -40008, retryable: true });
  });

  it('that names no device, or an invalid one, fails with INVALID_PARAMETER', async () => {
    const { client } = await online();
    for (const remoteId of ['', 'device://', 'a\r\nb']) {
      const error = await failureOf(client.connect({ remoteId, token: tokenWith() }));
      expect(error).toMatchObject({ code: 'INVALID_PARAMETER', number: -40003 });
    }
  });
});
