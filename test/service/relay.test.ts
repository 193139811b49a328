import { describe, expect, test } from 'vitest';
import { connectedPair, nextEvent, startService, TestDevice, type WirePeer } from './support/index.js';

const command = (...bytes: number[]) => Uint8Array.of(0, ...bytes);

/** Send much faster than the other side reads. Resolves with the bytes that the sender still holds when nothing moves any more. */
async function stalledBytes(writer: WirePeer, messages: number, message: Uint8Array): Promise<number> {
  for (let i = 0; i < messages; i++) writer.ws.send(message);
  for (let before = -1; before !== writer.ws.bufferedAmount; ) {
    before = writer.ws.bufferedAmount;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return writer.ws.bufferedAmount;
}

describe('a message of one end', () => {
  test('arrives at the other end in order, in both directions', async () => {
    const { endpoint } = await startService();
    const { client, accepted } = await connectedPair(endpoint);
    for (let i = 0; i < 200; i++) {
      client.ws.send(command(i, 1, 2, 3));
      accepted.ws.send(Uint8Array.of(1, i));
    }
    for (let i = 0; i < 200; i++) {
      expect([...(await accepted.nextMessage())]).toEqual([0, i, 1, 2, 3]);
      expect([...(await client.nextMessage())]).toEqual([1, i]);
    }
  });

  test.each([1, 125, 126, 16_384, 16_385, 65_535, 65_536, 4 * 1024 * 1024])(
    'of %i bytes arrives whole',
    async (size) => {
      const { endpoint } = await startService();
      const { client, accepted } = await connectedPair(endpoint);
      const message = Buffer.alloc(size, 'abcdefg');
      message[0] = 2;
      // Large and small messages alternate, so that they leave in one write.
      for (const one of [command(1), message, command(2), message]) client.ws.send(one);
      expect(await accepted.nextMessage()).toEqual(Buffer.from(command(1)));
      expect((await accepted.nextMessage()).equals(message)).toBe(true);
      expect(await accepted.nextMessage()).toEqual(Buffer.from(command(2)));
      expect((await accepted.nextMessage()).equals(message)).toBe(true);
    },
  );

  test('in fragments arrives as one message', async () => {
    const { endpoint } = await startService();
    const { client, accepted } = await connectedPair(endpoint);
    client.ws.send(command(1, 2), { fin: false });
    client.ws.send(Uint8Array.of(3), { fin: true });
    expect([...(await accepted.nextMessage())]).toEqual([0, 1, 2, 3]);
  });

  test('on an unknown channel, or with link control, is not relayed', async () => {
    const { endpoint } = await startService();
    const { client, accepted } = await connectedPair(endpoint);
    client.ws.send(Uint8Array.of(3, 1, 2));
    client.ws.send(Uint8Array.of(255, 7, 1));
    client.ws.send(command(9));
    expect([...(await accepted.nextMessage())]).toEqual([0, 9]);
  });
});

describe('a connection', () => {
  test.each([
    ['closes', 'peer_closed', (peer: WirePeer) => peer.ws.close(1000)],
    ['closes without a code', 'peer_closed', (peer: WirePeer) => peer.ws.close()],
    ['is cut off', 'peer_closed', (peer: WirePeer) => peer.ws.terminate()],
    ['found a protocol error', 'other', (peer: WirePeer) => peer.ws.close(1002)],
    ['found a message too large', 'other', (peer: WirePeer) => peer.ws.close(1009)],
  ] as const)('whose client %s ends for its device with %s', async (_, reason, go) => {
    const { service, endpoint } = await startService();
    const pair = await connectedPair(endpoint);
    const closed = nextEvent(service, 'connectionClosed');
    go(pair.client);
    expect(await pair.accepted.nextBye()).toBe(reason);
    expect(await pair.accepted.nextClosed()).toBe(1000);
    expect(await closed).toMatchObject({ by: 'client', deviceId: 'camera-1' });
    expect(service.connections()).toEqual([]);
  });

  test('that an end closes delivers all earlier messages before the bye', async () => {
    const { endpoint } = await startService();
    const { client, accepted } = await connectedPair(endpoint);
    for (let i = 0; i < 100; i++) accepted.ws.send(Buffer.alloc(10_000, 1));
    accepted.ws.close(1000);
    for (let i = 0; i < 100; i++) expect(await client.nextMessage()).toHaveLength(10_000);
    expect(await client.nextBye()).toBe('peer_closed');
  });

  test('stays open when the start link of its device ends', async () => {
    const { endpoint } = await startService();
    const { device, client, accepted } = await connectedPair(endpoint);
    device.link.ws.terminate();
    client.ws.send(command(1));
    expect(await accepted.nextMessage()).toHaveLength(2);
  });

  test.each([
    ['client', 'accepted', 'client'],
    ['device', 'client', 'accepted'],
  ] as const)('whose %s is cut by dropConnection() ends with a bye for the other end', async (side, other, cut) => {
    const { service, endpoint } = await startService();
    const pair = await connectedPair(endpoint);
    expect(service.dropConnection(pair.incoming.connection, side)).toBe(true);
    expect(await pair[other].nextBye()).toBe('peer_closed');
    expect(await pair[cut].nextClosed()).toBe(1006);
  });

  test('of which dropConnection() cuts both links ends without a bye', async () => {
    const { service, endpoint } = await startService();
    const { client, accepted, incoming } = await connectedPair(endpoint);
    service.dropConnection(incoming.connection);
    expect(await client.nextClosed()).toBe(1006);
    expect(await accepted.nextClosed()).toBe(1006);
    expect(service.dropConnection(incoming.connection)).toBe(false);
  });
});

describe('an end that breaks the protocol', () => {
  test.each([
    ['text', 'hello'],
    ['an empty message', new Uint8Array()],
  ])('by %s receives a bye, and so does the other end', async (_, message) => {
    const { endpoint } = await startService();
    const { client, accepted } = await connectedPair(endpoint);
    client.ws.send(message);
    expect(await client.nextBye()).toBe('protocol');
    expect(await accepted.nextBye()).toBe('other');
  });

  test('by a message above the limit is closed with 1009', async () => {
    const { endpoint } = await startService({ maxMessageBytes: 1000 });
    const { client, accepted } = await connectedPair(endpoint);
    client.ws.send(Buffer.alloc(1000));
    expect(await accepted.nextMessage()).toHaveLength(1000);
    client.ws.send(Buffer.alloc(1001));
    expect(await client.nextClosed()).toBe(1009);
    expect(await accepted.nextBye()).toBe('other');
  });

  test('by bytes that are not a WebSocket frame is closed with 1002', async () => {
    const { endpoint } = await startService();
    const { client, accepted } = await connectedPair(endpoint);
    const { _socket: socket } = client.ws as unknown as { readonly _socket: NodeJS.WritableStream };
    socket.write(Uint8Array.of(0xff, 0xff, 0xff, 0xff));
    expect(await client.nextClosed()).toBe(1002);
    expect(await accepted.nextBye()).toBe('other');
  });
});

describe('an end that does not read', () => {
  const MESSAGE = Buffer.alloc(64 * 1024, 2);
  const COUNT = 800;

  test('slows down its writer, and no message is lost', { timeout: 30_000 }, async () => {
    const { endpoint } = await startService({ maxQueuedBytes: 256 * 1024 });
    const { client, accepted } = await connectedPair(endpoint);
    client.ws.pause();
    expect(await stalledBytes(accepted, COUNT, MESSAGE)).toBeGreaterThan((COUNT * MESSAGE.length) / 4);
    client.ws.resume();
    for (let i = 0; i < COUNT; i++) expect(await client.nextMessage()).toHaveLength(MESSAGE.length);
  });

  test('does not slow down other connections or its own messages', { timeout: 30_000 }, async () => {
    const { endpoint } = await startService({ maxQueuedBytes: 256 * 1024 });
    const { client, accepted, device } = await connectedPair(endpoint);
    client.ws.pause();
    await stalledBytes(accepted, COUNT, MESSAGE);
    client.ws.send(command(1));
    expect(await accepted.nextMessage()).toHaveLength(2);
    const other = await connectedPair(endpoint, device);
    other.client.ws.send(command(2));
    expect(await other.accepted.nextMessage()).toHaveLength(2);
  });

  test('does not keep the service from closing', { timeout: 30_000 }, async () => {
    const { service, endpoint } = await startService({ maxQueuedBytes: 256 * 1024 });
    const { client, accepted } = await connectedPair(endpoint);
    client.ws.pause();
    await stalledBytes(accepted, COUNT, MESSAGE);
    await service.close();
    expect(await accepted.nextBye()).toBe('stopping');
  });
});

describe('silence', () => {
  const fast = { keepAliveMs: 20, silenceMs: 200, startKeepAliveMs: 20, startSilenceMs: 200 };

  test('of one end ends the connection with a bye for the other end', async () => {
    const { service, endpoint } = await startService(fast);
    const { client, accepted } = await connectedPair(endpoint);
    const closed = nextEvent(service, 'connectionClosed');
    // A paused WebSocket does not answer pings.
    accepted.ws.pause();
    expect(await client.nextBye()).toBe('peer_silent');
    expect(await closed).toMatchObject({ by: 'device', why: 'silent' });
  });

  test('of a start link takes the device offline', async () => {
    const { service, endpoint } = await startService(fast);
    const offline = nextEvent(service, 'deviceOffline');
    const { link } = await TestDevice.start(endpoint);
    link.ws.pause();
    expect(await offline).toEqual({ deviceId: 'camera-1', why: 'silent' });
  });

  test('is broken by answers to pings', async () => {
    const { service, endpoint } = await startService(fast);
    const { client, accepted } = await connectedPair(endpoint);
    let pings = 0;
    await new Promise<void>((resolve) => client.ws.on('ping', () => ++pings === 30 && resolve()));
    client.ws.send(command(1));
    expect(await accepted.nextMessage()).toHaveLength(2);
    expect(service.onlineDevices()).toHaveLength(1);
  });
});
