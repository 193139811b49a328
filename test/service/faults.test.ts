import { describe, expect, test } from 'vitest';
import { FAULT_KINDS, type Fault, type FaultEvent, SimulatedService } from '../../lib/service/index.js';
import {
  connect,
  connectByTicket,
  connectedPair,
  DEVICE_ID,
  nextEvent,
  openStart,
  proveDevice,
  startService,
  TestDevice,
  token,
} from './support/index.js';

const message = (text: string) => Buffer.concat([Uint8Array.of(0), Buffer.from(text)]);
const inject = (fault: unknown) => () => new SimulatedService().fault(fault as Fault);

describe('an invalid fault is refused', () => {
  test.each([
    ['reorder', 'TCP delivers bytes in order'],
    ['loss', 'TCP loses nothing'],
    ['stal', 'did you mean "stall"?'],
  ])('if it is a %s', (kind, why) => expect(inject({ kind })).toThrow(why));

  test.each([
    [{ kind: 'delay' }, 'needs delayMs'],
    [{ kind: 'delay', delayMs: 0.5 }, 'use a whole number from 1'],
    [{ kind: 'delay', delayMs: 5, towrds: 'peer' }, 'did you mean "towards"?'],
    [{ kind: 'delay', delayMs: 5, towards: 'me' }, 'use one of service, peer, both'],
    [{ kind: 'refuse', status: 500, bye: 'full' }, 'give one of them'],
    [{ kind: 'redirect', location: 'a\r\nb' }, 'one line'],
    [{ kind: 'cut' }, 'give one of them'],
    [{ kind: 'stall', connection: 1, link: 'start' }, 'a connection has no start link'],
    [{ kind: 'stall', connection: 1 }, 'connection 1 is not open'],
    [{ kind: 'dropStartLink', device: 'cam' }, 'the device "cam" is not online'],
    [{ kind: 'kill', device: 'cam' }, 'has no links'],
    [{ kind: '__proto__' }, 'there is no fault "__proto__"'],
    ['stall', 'must be an object'],
  ])('%j, with a message that contains: %s', (fault, why) => expect(inject(fault)).toThrow(why));

  test('and there are 18 valid kinds', () => expect(FAULT_KINDS).toHaveLength(18));
});

describe('faults of upgrades', () => {
  test('refuse, redirect and hang up, for the given target and number of times', async () => {
    const { service, endpoint } = await startService();
    service.fault({ kind: 'refuse', link: 'start', device: DEVICE_ID, times: 1 });
    service.fault({ kind: 'redirect', link: 'start', location: 'http://elsewhere.example/', times: 1 });
    service.fault({ kind: 'hangUp', link: 'start', times: 1 });
    await expect(TestDevice.start(endpoint)).rejects.toThrow('HTTP 503');
    await expect(TestDevice.start(endpoint)).rejects.toThrow('HTTP 302');
    await expect(TestDevice.start(endpoint)).rejects.toThrow('socket hang up');
    await TestDevice.start(endpoint);
    expect(service.requestLog().map(({ outcome }) => outcome)).toEqual(['scripted', 'scripted', 'scripted', 'started']);
    expect(service.faultLog().map(({ kind, what }) => `${kind} ${what}`)).toEqual([
      ...['refuse began', 'redirect began', 'hangUp began'],
      ...['refuse met', 'refuse lifted', 'redirect met', 'redirect lifted', 'hangUp met', 'hangUp lifted'],
    ]);
  });

  test('refuse with a bye', async () => {
    const { service, endpoint } = await startService();
    service.fault({ kind: 'refuse', link: 'connect', bye: 'full' });
    expect(await (await connect(endpoint)).nextBye()).toBe('full');
  });

  test('answer late or never', async () => {
    const { service, endpoint } = await startService();
    service.fault({ kind: 'answerSlowly', delayMs: 60, device: DEVICE_ID });
    const startMs = performance.now();
    await TestDevice.start(endpoint);
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(55);
    const silent = service.fault({ kind: 'neverAnswer', link: 'start', device: 'camera-2' });
    const met = nextEvent(service, 'fault');
    const waiting = openStart(endpoint, { 'X-Tg-Device-Id': 'camera-2' }).catch((error: Error) => error);
    expect(await met).toMatchObject({ kind: 'neverAnswer', what: 'met' });
    await silent.lift();
    await openStart(endpoint, { 'X-Tg-Device-Id': 'camera-2' });
    await service.close();
    expect(await waiting).toBeInstanceOf(Error);
  });

  test('send a wrong proof, which the device does not accept', async () => {
    const { service, endpoint } = await startService();
    service.fault({ kind: 'wrongProof', times: 1 });
    const { link, serviceMac } = await proveDevice(endpoint);
    expect(Buffer.compare((await link.nextControl('started')).mac, serviceMac)).not.toBe(0);
    expect(service.onlineDevices()).toEqual([]);
    await TestDevice.start(endpoint);
  });
});

describe('faults of links', () => {
  test('stall holds all bytes, and delivers them when it is lifted', async () => {
    const { service, endpoint } = await startService();
    const { client, accepted } = await connectedPair(endpoint);
    const stall = service.fault({ kind: 'stall', connection: 1, link: 'accept', towards: 'peer' });
    client.ws.send(message('late'));
    accepted.ws.send(message('other way'));
    expect(await client.nextMessage()).toEqual(message('other way'));
    const late = accepted.nextMessage();
    let isHere = false;
    void late.then(() => {
      isHere = true;
    });
    for (let i = 0; i < 3; i++) {
      accepted.ws.send(message(`${i}`));
      expect(await client.nextMessage()).toEqual(message(`${i}`));
    }
    expect(isHere).toBe(false);
    await stall.lift();
    expect(await late).toEqual(message('late'));
  });

  test('cut breaks one link of a connection, and kill breaks all links of a device', async () => {
    const { service, endpoint } = await startService();
    const first = await connectedPair(endpoint);
    service.fault({ kind: 'cut', connection: 1, link: 'connect' });
    expect(await first.client.nextClosed()).toBe(1006);
    expect(await first.accepted.nextBye()).toBe('peer_closed');
    const second = await connectedPair(endpoint, first.device);
    service.fault({ kind: 'kill', device: DEVICE_ID });
    expect(await second.client.nextBye()).toBe('peer_closed');
    expect(await second.accepted.nextClosed()).toBe(1006);
    expect(await second.device.link.nextClosed()).toBe(1006);
    expect([service.onlineDevices(), service.connections()]).toEqual([[], []]);
  });

  test('truncate cuts a link in the middle of a message', async () => {
    const { service, endpoint } = await startService();
    const { client, accepted } = await connectedPair(endpoint);
    service.fault({ kind: 'truncate', link: 'accept', towards: 'peer', afterBytes: 1000 });
    client.ws.send(Buffer.alloc(5000, 2));
    expect(await accepted.nextClosed()).toBe(1006);
    expect(await client.nextBye()).toBe('peer_closed');
  });

  test('corrupt changes the same bytes in each run with the same seed', async () => {
    const run = async () => {
      const { service, endpoint } = await startService({ seed: 5 });
      const { client, accepted } = await connectedPair(endpoint);
      service.fault({ kind: 'corrupt', link: 'accept', towards: 'peer', everyBytes: 300 });
      client.ws.send(Buffer.alloc(2000, 2));
      const arrived = await accepted.nextMessage();
      await service.close();
      return [...arrived.entries()].filter(([, byte]) => byte !== 2);
    };
    const corrupted = await run();
    expect(corrupted.length).toBeGreaterThan(1);
    expect(await run()).toEqual(corrupted);
  });

  test('delay, jitter and throttle keep the bytes and their order, and end when they are lifted', async () => {
    const { service, endpoint } = await startService();
    const { client, accepted } = await connectedPair(endpoint);
    const handles = [
      service.fault({ kind: 'delay', delayMs: 20, device: DEVICE_ID }),
      service.fault({ kind: 'jitter', jitterMs: 10, device: DEVICE_ID }),
      service.fault({ kind: 'throttle', bytesPerSecond: 1_000_000, device: DEVICE_ID }),
    ];
    const startMs = performance.now();
    const big = Buffer.alloc(100_000, 2);
    for (let i = 0; i < 20; i++) client.ws.send(message(`${i}`));
    client.ws.send(big);
    for (let i = 0; i < 20; i++) expect(await accepted.nextMessage()).toEqual(message(`${i}`));
    expect((await accepted.nextMessage()).equals(big)).toBe(true);
    expect(performance.now() - startMs).toBeGreaterThan(100);
    for (const handle of handles) await handle.lift();
    client.ws.send(message('fast'));
    expect(await accepted.nextMessage()).toEqual(message('fast'));
  });

  test('stall lets back-pressure reach the writer', async () => {
    const { service, endpoint } = await startService({ maxQueuedBytes: 64 * 1024 });
    const { client, accepted } = await connectedPair(endpoint);
    const slow = service.fault({ kind: 'stall', connection: 1, link: 'accept', towards: 'peer' });
    const big = Buffer.alloc(1024 * 1024, 2);
    for (let i = 0; i < 16; i++) client.ws.send(big);
    for (let before = -1; before !== client.ws.bufferedAmount; ) {
      before = client.ws.bufferedAmount;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(client.ws.bufferedAmount).toBeGreaterThan(4 * big.length);
    await slow.lift();
    for (let i = 0; i < 16; i++) expect((await accepted.nextMessage()).equals(big)).toBe(true);
  });

  test('stall makes a link fall silent for the service', async () => {
    const { service, endpoint } = await startService({ keepAliveMs: 20, silenceMs: 100 });
    const { client } = await connectedPair(endpoint);
    service.fault({ kind: 'stall', link: 'accept' });
    expect(await nextEvent(service, 'connectionClosed')).toMatchObject({ by: 'device', why: 'silent' });
    expect(await client.nextBye()).toBe('peer_silent');
  });
});

describe('faults of credentials', () => {
  test('expireTickets makes tickets expire', async () => {
    const { service, endpoint } = await startService();
    const { clientReady } = await connectedPair(endpoint);
    service.fault({ kind: 'expireTickets', device: 'camera-2' });
    await connectByTicket(endpoint, clientReady.ticket ?? new Uint8Array());
    service.fault({ kind: 'expireTickets' });
    expect(await (await connectByTicket(endpoint, clientReady.ticket ?? new Uint8Array())).nextBye()).toBe('ticket');
  });

  test('replayToken accepts a used token again until it is lifted', async () => {
    const { service, endpoint } = await startService();
    const { device } = await connectedPair(endpoint);
    const used = token();
    await connect(endpoint, used);
    await device.nextIncoming();
    expect(await (await connect(endpoint, used)).nextBye()).toBe('token_used');
    const replay = service.fault({ kind: 'replayToken' });
    await connect(endpoint, used);
    await device.nextIncoming();
    await replay.lift();
    expect(await (await connect(endpoint, used)).nextBye()).toBe('token_used');
  });
});

describe('the fault down', () => {
  test('stops the service without a bye, and lets it listen at the same port again when lifted', async () => {
    const { service, endpoint } = await startService();
    const { client, accepted, device } = await connectedPair(endpoint);
    const down = service.fault({ kind: 'down' });
    for (const peer of [client, accepted, device.link]) expect(await peer.nextClosed()).toBe(1006);
    await expect(TestDevice.start(endpoint)).rejects.toThrow('ECONNREFUSED');
    await down.lift();
    await TestDevice.start(endpoint);
    expect(down.state).toBe('over');
  });

  test('ends after its time, and does not keep the service from closing', async () => {
    const { service, endpoint } = await startService();
    const events: FaultEvent[] = [];
    service.on('fault', (event) => events.push(event));
    service.fault({ kind: 'down', afterMs: 5, forMs: 30 });
    while (events.at(-1)?.what !== 'lifted') await nextEvent(service, 'fault');
    expect(events.map(({ what }) => what)).toEqual(['began', 'lifted']);
    await TestDevice.start(endpoint);
    service.fault({ kind: 'down' });
    await service.close();
    await expect(TestDevice.start(endpoint)).rejects.toThrow('ECONNREFUSED');
  });

  test('a delayed fault whose target does not exist is reported as failed', async () => {
    const { service } = await startService();
    service.fault({ kind: 'dropStartLink', device: DEVICE_ID, afterMs: 5 });
    expect(await nextEvent(service, 'fault')).toMatchObject({ what: 'failed', kind: 'dropStartLink' });
  });
});
