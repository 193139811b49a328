import { describe, expect, test } from 'vitest';
import { encodeCommand, encodeControl } from '../../lib/wire/index.js';
import { FakeClock } from '../support/fake_clock.js';
import { connectedPair, nextEvent, openStart, proveDevice, startService, TestDevice } from './support/index.js';

const startId = (byte: number) => Buffer.alloc(16, byte).toString('base64url');

describe('a device', () => {
  test('comes online when it and the service have proved themselves', async () => {
    const { service, endpoint } = await startService();
    const online = nextEvent(service, 'deviceOnline');
    await TestDevice.start(endpoint, { appId: 'app ü', clientId: 'client' });
    expect(await online).toEqual({ deviceId: 'camera-1', appId: 'app ü', clientId: 'client', reconnect: false });
    expect(service.onlineDevices()).toEqual(['camera-1']);
    expect(service.requestLog()).toMatchObject([{ link: 'start', outcome: 'started' }]);
  });

  test('receives the limits of its link', async () => {
    const { endpoint } = await startService({ startKeepAliveMs: 7000, startSilenceMs: 9000, maxMessageBytes: 1000 });
    const { link } = await proveDevice(endpoint);
    const limits = { keepAliveMs: 7000, silenceMs: 9000, maxMessageBytes: 1000 };
    expect(await link.nextControl('started')).toMatchObject(limits);
  });

  test('may have an id that needs encoding, behind a path prefix', async () => {
    const deviceId = 'caméra 1/%';
    const { endpoint } = await startService({ pathPrefix: '/a/b/', devices: { [deviceId]: 's' } });
    expect(endpoint).toMatch(/\/a\/b$/);
    await TestDevice.start(endpoint, { deviceId, secret: 's' });
  });

  test('goes offline when its link ends', async () => {
    const { service, endpoint } = await startService();
    const { link } = await TestDevice.start(endpoint);
    const offline = nextEvent(service, 'deviceOffline');
    link.ws.close(1000);
    expect(await offline).toEqual({ deviceId: 'camera-1', why: 'closed' });
    expect(service.onlineDevices()).toEqual([]);
  });

  test('is cut off by dropStartLink() without a bye', async () => {
    const { service, endpoint } = await startService();
    const { link } = await TestDevice.start(endpoint);
    expect(service.dropStartLink('camera-1')).toBe(true);
    expect(await link.nextClosed()).toBe(1006);
    expect(service.dropStartLink('camera-1')).toBe(false);
  });

  test('that is removed is refused until it is added again', async () => {
    const { service, endpoint } = await startService();
    const { link } = await TestDevice.start(endpoint);
    expect(service.removeDevice('camera-1')).toBe(true);
    expect(await link.nextBye()).toBe('refused');
    expect(await (await proveDevice(endpoint)).link.nextBye()).toBe('refused');
    service.setDevice('camera-1', 'another');
    await TestDevice.start(endpoint, { secret: 'another' });
  });
});

describe('a start without a valid proof', () => {
  test.each([
    ['with a wrong secret', { secret: 'wrong' }, 'the proof is wrong'],
    ['with another nonce than it signed', { nonce: new Uint8Array(32) }, 'the proof is wrong'],
    ['of an unknown device', { deviceId: 'stranger' }, 'is unknown'],
  ])('%s is refused', async (_, options, explanation) => {
    const { service, endpoint } = await startService();
    const refused = nextEvent(service, 'startRefused');
    const { link } = await proveDevice(endpoint, options);
    expect(await link.nextControl('bye')).toEqual({ type: 'bye', reason: 1, text: '' });
    expect(await link.nextClosed()).toBe(1000);
    expect(await refused).toMatchObject({ reason: 'refused' });
    expect(service.requestLog()[0]?.outcome).toBe('bye(refused)');
    expect(service.requestLog()[0]?.explanation).toContain(explanation);
  });

  test.each([
    ['a command', encodeCommand(0x20000, new Uint8Array())],
    ['another control message', encodeControl({ type: 'busy', connection: 1 })],
    ['a proof that is too short', Uint8Array.of(255, 2, 1)],
    ['nothing', new Uint8Array()],
    ['text', 'hello'],
  ])('that sends %s ends with a protocol error', async (_, message) => {
    const { endpoint } = await startService();
    const link = await openStart(endpoint, { 'X-Tg-Device-Id': 'camera-1' });
    await link.nextControl('challenge');
    link.ws.send(message);
    expect(await link.nextBye()).toBe('protocol');
  });

  test('ignores control messages of unknown types', async () => {
    const { endpoint } = await startService();
    const link = await openStart(endpoint, { 'X-Tg-Device-Id': 'camera-1' });
    await link.nextControl('challenge');
    link.ws.send(Uint8Array.of(255, 99, 1, 2));
    link.ws.send(encodeControl({ type: 'proof', nonce: new Uint8Array(32), mac: new Uint8Array(32) }));
    expect(await link.nextBye()).toBe('refused');
  });

  test('is ended when the time for the proof is over', async () => {
    const clock = Object.assign(new FakeClock(), { wallMs: () => 0 });
    const { endpoint } = await startService({ clock, proofTimeoutMs: 10_000 });
    const link = await openStart(endpoint, { 'X-Tg-Device-Id': 'camera-1' });
    await link.nextControl('challenge');
    clock.advance(9999);
    expect(link.ws.readyState).toBe(link.ws.OPEN);
    clock.advance(1);
    expect(await link.nextBye()).toBe('timeout');
  });

  test('counts towards a limit, beyond which starts are answered with 503', async () => {
    const { service, endpoint } = await startService({ maxUnprovenLinks: 1 });
    const headers = { 'X-Tg-Device-Id': 'camera-1' };
    const first = await openStart(endpoint, headers);
    await expect(openStart(endpoint, headers)).rejects.toThrow('HTTP 503');
    const refused = nextEvent(service, 'startRefused');
    first.ws.terminate();
    expect(await refused).toEqual({ deviceId: 'camera-1', reason: 'closed' });
    await TestDevice.start(endpoint);
    await TestDevice.start(endpoint, { deviceId: 'camera-2', secret: 'second-secret' });
  });
});

describe('a device id that starts twice', () => {
  test('ends its older start with bye(replaced)', async () => {
    const { service, endpoint } = await startService();
    const older = await TestDevice.start(endpoint, { startId: startId(1) });
    await TestDevice.start(endpoint, { startId: startId(2) });
    expect(await older.link.nextBye()).toBe('replaced');
    expect(service.onlineDevices()).toEqual(['camera-1']);
  });

  test('without start ids ends its older start, too', async () => {
    const { endpoint } = await startService();
    const older = await TestDevice.start(endpoint);
    await TestDevice.start(endpoint);
    expect(await older.link.nextBye()).toBe('replaced');
  });

  test('with the same start id reconnects, and its older link is cut without a bye', async () => {
    const { service, endpoint } = await startService();
    const older = await TestDevice.start(endpoint, { startId: startId(1) });
    const online = nextEvent(service, 'deviceOnline');
    await TestDevice.start(endpoint, { startId: startId(1) });
    expect(await older.link.nextClosed()).toBe(1006);
    expect(await online).toMatchObject({ reconnect: true });
  });

  test('keeps its older start until the newer one has proved itself', async () => {
    const { service, endpoint } = await startService();
    await connectedPair(endpoint);
    const { link } = await proveDevice(endpoint, { secret: 'wrong' });
    expect(await link.nextBye()).toBe('refused');
    expect(service.onlineDevices()).toEqual(['camera-1']);
    await connectedPair(endpoint);
  });

  test('keeps the connections of its older start', async () => {
    const { endpoint } = await startService();
    const { client, accepted } = await connectedPair(endpoint);
    await TestDevice.start(endpoint);
    client.ws.send(Uint8Array.of(0, 1, 2, 3, 4));
    expect([...(await accepted.nextMessage())]).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('the start link of an online device', () => {
  test.each([
    ['a command', encodeCommand(0x20000, new Uint8Array())],
    ['a second proof', encodeControl({ type: 'proof', nonce: new Uint8Array(32), mac: new Uint8Array(32) })],
  ])('ends with a protocol error on %s', async (_, message) => {
    const { endpoint } = await startService();
    const { link } = await TestDevice.start(endpoint);
    link.ws.send(message);
    expect(await link.nextBye()).toBe('protocol');
  });
});
