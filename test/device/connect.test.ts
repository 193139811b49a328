import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { Client } from '../../lib/client/index.js';
import type { Device } from '../../lib/device/index.js';
import type { TiRtcError } from '../../lib/errors/index.js';
import type { Connection } from '../../lib/types/index.js';
import { makeDevice, next, startService, tokenFor } from './support.js';

const PING = 0x4001;

function closed(connection: Connection): Promise<TiRtcError | undefined> {
  return new Promise((resolve) => void connection.once('closed', resolve));
}

async function startDevice(endpoint: string, deviceId?: string): Promise<Device> {
  const device = makeDevice(endpoint, deviceId);
  await device.start();
  return device;
}

/** A device, a client, and both ends of their connection. */
async function connectPair() {
  const { service, endpoint } = await startService(['cam']);
  const [device, client] = [await startDevice(endpoint, 'cam'), await startDevice(endpoint)];
  const accepted = next(device, 'connection');
  const near = await client.connect({ remoteId: 'cam', token: tokenFor('cam') });
  const [far, info] = await accepted;
  return { service, endpoint, device, client, near, far, info };
}

describe('connect()', () => {
  it('a connection carries commands both ways', async () => {
    const { near, far, info } = await connectPair();
    expect(info).toEqual({ subject: 'tester' });
    expect([near.remoteId, far.remoteId]).toEqual(['cam', 'tester']);
    far.handle(PING, (command) => Buffer.from(command.data).reverse());
    near.handle(PING, () => 'pong');
    expect(Buffer.from((await near.request(PING, 'abc')).data).toString()).toBe('cba');
    expect(Buffer.from((await far.request(PING)).data).toString()).toBe('pong');
  });

  it('a device whose start failed for good can still connect', async () => {
    const { endpoint } = await startService(['cam']);
    await startDevice(endpoint, 'cam');
    const failed = makeDevice(endpoint, 'unknown');
    await expect(failed.start()).rejects.toMatchObject({ code: expect.any(String) });
    expect(failed.state).toBe('failed');
    const connection = await failed.connect({ remoteId: 'cam', token: tokenFor('cam') });
    expect(connection.state).toBe('open');
    await connection.close();
    await expect(failed.connect({ remoteId: 'cam', token: 'nonsense' })).rejects.toMatchObject({ number: -40012 });
  });

  it('two devices of one process can connect to each other', async () => {
    const { endpoint } = await startService(['a', 'b']);
    const [a, b] = [await startDevice(endpoint, 'a'), await startDevice(endpoint, 'b')];
    for (const [device, name] of [
      [a, 'a'],
      [b, 'b'],
    ] as const) {
      device.on('connection', (connection) => void connection.handle(PING, () => name));
    }
    const [toB, toA] = await Promise.all([
      a.connect({ remoteId: 'b', token: tokenFor('b') }),
      b.connect({ remoteId: 'device://a', token: tokenFor('a') }),
    ]);
    expect(Buffer.from((await toB.request(PING)).data).toString()).toBe('b');
    expect(Buffer.from((await toA.request(PING)).data).toString()).toBe('a');
  });

  it('connect() without a token uses the ticket of an earlier connect', async () => {
    const { client, near } = await connectPair();
    await near.close();
    const again = await client.connect({ remoteId: 'cam' });
    expect(again.state).toBe('open');
  });

  it('connect() rejects with the reason of the service', async () => {
    const { client } = await connectPair();
    const token = tokenFor('cam');
    await client.connect({ remoteId: 'cam', token });
    await expect(client.connect({ remoteId: 'cam', token })).rejects.toMatchObject({
      code: 'TOKEN_USED',
      number: -40012,
    });
    await expect(client.connect({ remoteId: 'cam', token: 'v1.nothing' })).rejects.toMatchObject({ number: -40012 });
  });

  it('connect() rejects when the called device is not online', async () => {
    const { endpoint } = await startService(['cam']);
    const client = await startDevice(endpoint);
    await expect(client.connect({ remoteId: 'cam', token: tokenFor('cam') })).rejects.toMatchObject({
      code: 'OFFLINE',
      number: -40008,
    });
  });

  it('the error says what is missing: a start, a token, an id', async () => {
    const { endpoint } = await startService(['cam']);
    const client = makeDevice(endpoint);
    await expect(client.connect({ remoteId: 'cam' })).rejects.toMatchObject({
      code: 'NOT_INITIALIZED',
      advice: /start\(\)/,
    });
    await client.start();
    await expect(client.connect({ remoteId: 'cam' })).rejects.toMatchObject({ code: 'CACHE_EXPIRED', advice: /token/ });
    await expect(client.connect({ remoteId: '' })).rejects.toMatchObject({ code: 'INVALID_PARAMETER' });
    await expect(client.connect({ remoteId: 'cam', token: '' })).rejects.toMatchObject({ code: 'INVALID_PARAMETER' });
    await expect(client.connect({ remoteId: 'cam', tokn: 'x' } as never)).rejects.toThrow('did you mean "token"');
  });

  it('connect() ends at its timeout and by its signal, and leaves nothing behind', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const client = await startDevice(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`);
    const token = tokenFor('cam');
    await expect(client.connect({ remoteId: 'cam', token, timeoutMs: 50 })).rejects.toMatchObject({
      code: 'TIMEOUTED',
    });
    const controller = new AbortController();
    const connecting = client.connect({ remoteId: 'cam', token, signal: controller.signal });
    controller.abort(new Error('no more'));
    await expect(connecting).rejects.toThrow('no more');
    await client.close();
    silent.close();
    expect(client.state).toBe('closed');
  });

  it('more than maxConnections connections are refused', async () => {
    const { endpoint } = await startService(['cam']);
    await startDevice(endpoint, 'cam');
    const client = makeDevice(endpoint, undefined, { maxConnections: 1 });
    await client.start();
    await client.connect({ remoteId: 'cam', token: tokenFor('cam') });
    await expect(client.connect({ remoteId: 'cam', token: tokenFor('cam') })).rejects.toMatchObject({ code: 'BUSY' });
  });

  it('without connectCache, no ticket is kept', async () => {
    const { endpoint } = await startService(['cam']);
    await startDevice(endpoint, 'cam');
    const client = makeDevice(endpoint, undefined, { connectCache: false });
    await client.start();
    await client.connect({ remoteId: 'cam', token: tokenFor('cam') });
    await expect(client.connect({ remoteId: 'cam' })).rejects.toMatchObject({ code: 'CACHE_EXPIRED', number: -40011 });
  });

  it('connections are relayed, and direct-only connects fail with an explanation', async () => {
    const { endpoint } = await startService(['cam']);
    await startDevice(endpoint, 'cam');
    const direct = makeDevice(endpoint, undefined, { linkMode: 'direct-only' });
    await direct.start();
    const attempt = direct.connect({ remoteId: 'cam', token: tokenFor('cam') });
    await expect(attempt).rejects.toMatchObject({ number: -40010, message: /there are no direct links yet/ });
    const relayed = makeDevice(endpoint, undefined, { linkMode: 'relay-only' });
    await relayed.start();
    expect((await relayed.connect({ remoteId: 'cam', token: tokenFor('cam') })).state).toBe('open');
  });
});

describe('a connection', () => {
  it('a message larger than the peer accepts is refused, and the connection stays open', async () => {
    const { endpoint } = await startService(['cam']);
    const device = makeDevice(endpoint, 'cam');
    await device.start();
    const accepted = next(device, 'connection');
    const client = new Client({ endpoint, maxMessageBytes: 500 });
    const near = await client.connect({ remoteId: 'cam', token: tokenFor('cam') });
    const [far] = await accepted;
    const sizes = new Promise<number>((resolve) => near.once('command', ({ data }) => resolve(data.length)));
    expect(() => far.sendCommand(0x4001, new Uint8Array(496))).toThrow('larger than');
    far.sendCommand(0x4001, new Uint8Array(495));
    expect(await sizes).toBe(495);
  });

  it('a connection that is silent for silenceMs ends with -40007', async () => {
    const quiet = { keepAliveMs: 3_600_000, silenceMs: 3_600_000 };
    const { endpoint } = await startService(['cam'], quiet);
    await startDevice(endpoint, 'cam');
    const client = makeDevice(endpoint, undefined, { keepAliveMs: 3_600_000, silenceMs: 100 });
    await client.start();
    const connection = await client.connect({ remoteId: 'cam', token: tokenFor('cam') });
    expect(await closed(connection)).toMatchObject({ code: 'CONN_TIMEOUTCLOSE', number: -40007 });
  });

  it('close() is reported to the other side, and nothing is sent after it', async () => {
    const { near, far } = await connectPair();
    const ended = closed(far);
    await near.close();
    expect(await ended).toMatchObject({ number: -40008 });
    expect([near.state, far.state]).toEqual(['closed', 'closed']);
    expect(() => near.sendCommand({ command: PING, sequenceNumber: 1 })).toThrow('closed');
  });

  it('a connection ends when its device stops', async () => {
    const { device, near, far } = await connectPair();
    const [nearEnd, farEnd] = [closed(near), closed(far)];
    await device.stop();
    expect(await farEnd).toMatchObject({ number: -40009 });
    expect(await nearEnd).toBeDefined();
  });

  it('a connection outlives the device instance that is replaced', async () => {
    const { endpoint, near, far, device } = await connectPair();
    far.handle(PING, () => 'still here');
    const told = Promise.race([next(device, 'startFailed'), next(device, 'serviceLost')]);
    await startDevice(endpoint, 'cam');
    await told;
    expect(Buffer.from((await near.request(PING)).data).toString()).toBe('still here');
  });

  it('a connection is closed with its device, and both promises settle', async () => {
    const { device, client, near, far } = await connectPair();
    const ends = vi.fn();
    near.on('closed', ends);
    far.on('closed', ends);
    await Promise.all([device.close(), client.close()]);
    expect(ends).toHaveBeenCalledTimes(2);
  });
});
