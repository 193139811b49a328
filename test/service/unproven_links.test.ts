import { once } from 'node:events';
import { connect as dial, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, onTestFinished, test } from 'vitest';
import { encodeControl } from '../../lib/wire/index.js';
import {
  connect,
  connectedPair,
  nextEvent,
  openStart,
  startService,
  TestDevice,
  token,
  type WirePeer,
} from './support/index.js';

const LIMIT = 1024;
/** A control message of an unknown type, which the service ignores. */
const unknownControl = (bytes: number) => Buffer.concat([Uint8Array.of(255, 99), Buffer.alloc(bytes - 2)]);

function sendWhole(link: WirePeer, message: Buffer): void {
  link.ws.send(message);
}

function sendFragments(link: WirePeer, message: Buffer): void {
  link.ws.send(message.subarray(0, 500), { fin: false });
  link.ws.send(message.subarray(500, 501), { fin: false });
  link.ws.send(message.subarray(501), { fin: true });
}

const WAYS = [
  ['whole', sendWhole],
  ['in fragments', sendFragments],
] as const;

describe('a start link that has proven nothing', () => {
  const open = async (endpoint: string) => {
    const link = await openStart(endpoint, { 'X-Tg-Device-Id': 'camera-1' });
    await link.nextControl('challenge');
    return link;
  };

  test.each(WAYS)('may send a message of 1024 bytes %s', async (_, send) => {
    const { endpoint } = await startService();
    const link = await open(endpoint);
    send(link, unknownControl(LIMIT));
    link.ws.send(encodeControl({ type: 'proof', nonce: new Uint8Array(32), mac: new Uint8Array(32) }));
    expect(await link.nextBye()).toBe('refused');
  });

  test.each(WAYS)('is ended with 1009 for a message of 1025 bytes %s', async (_, send) => {
    const { service, endpoint } = await startService();
    const link = await open(endpoint);
    const refused = nextEvent(service, 'startRefused');
    send(link, unknownControl(LIMIT + 1));
    expect(await link.nextClosed()).toBe(1009);
    expect(await refused).toEqual({ deviceId: 'camera-1', reason: 'closed' });
    expect(service.requestLog()).toMatchObject([{ outcome: 'closed', explanation: expect.stringContaining('fault') }]);
  });

  test('has a smaller limit if that of the service is smaller', async () => {
    const { endpoint } = await startService({ maxMessageBytes: 100 });
    const link = await open(endpoint);
    link.ws.send(unknownControl(101));
    expect(await link.nextClosed()).toBe(1009);
  });
});

describe('a connect link before ready', () => {
  test('is ended with 1009 for a message of 1025 bytes, and its device can be called again', async () => {
    const { endpoint } = await startService();
    const device = await TestDevice.start(endpoint);
    const client = await connect(endpoint);
    await device.nextIncoming();
    client.ws.send(Buffer.alloc(LIMIT + 1));
    expect(await client.nextClosed()).toBe(1009);
    await connectedPair(endpoint, device);
  });

  test('is ended with bye(protocol) for a message of 1024 bytes', async () => {
    const { endpoint } = await startService();
    const device = await TestDevice.start(endpoint);
    const client = await connect(endpoint);
    await device.nextIncoming();
    client.ws.send(Buffer.alloc(LIMIT));
    expect(await client.nextBye()).toBe('protocol');
  });
});

test.each(WAYS)('both ends may send messages of the full size %s after ready', async (_, send) => {
  const maxMessageBytes = 100_000;
  const { endpoint } = await startService({ maxMessageBytes });
  const { client, accepted } = await connectedPair(endpoint);
  const message = Buffer.concat([Uint8Array.of(0), Buffer.alloc(maxMessageBytes - 1, 7)]);
  send(client, message);
  expect((await accepted.nextMessage()).equals(message)).toBe(true);
  send(accepted, message);
  expect((await client.nextMessage()).equals(message)).toBe(true);
  send(client, Buffer.concat([message, Uint8Array.of(1)]));
  expect(await client.nextClosed()).toBe(1009);
  expect(await accepted.nextBye()).toBe('other');
});

test.each(WAYS)('a device that is online may send a message of the full size %s', async (_, send) => {
  const { endpoint } = await startService();
  const device = await TestDevice.start(endpoint);
  send(device.link, unknownControl(LIMIT + 1));
  await connectedPair(endpoint, device);
});

describe('links that hold nothing', () => {
  const SOCKETS = 40;
  const MESSAGE_BYTES = 4 * 1024 * 1024;
  const MARGIN_BYTES = 32 * 1024 * 1024;
  const payload = Buffer.alloc(MESSAGE_BYTES - 1);
  const handshake =
    'Host: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: tirtc.v1\r\n';

  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;

  /** Returns the memory of all buffers that are still used. */
  function heldBytes(): number {
    collectGarbage();
    return process.memoryUsage().arrayBuffers;
  }

  /** Open a link without a WebSocket, which would close when the service closes. Resolves when `marker` has arrived. */
  async function rawLink(port: number, request: string, marker: Buffer): Promise<Socket> {
    const socket = dial(port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => {});
    socket.write(`GET ${request}\r\n${handshake}\r\n`);
    let seen = Buffer.alloc(0);
    while (!seen.includes(marker)) seen = Buffer.concat([seen, ...(await once(socket, 'data'))]);
    return socket;
  }

  /** Send all but the last byte of a message of 4 MiB. Resolves when it has left, or the service has closed the socket. */
  function sendLarge(socket: Socket, first: number): Promise<void> {
    socket.resume();
    return new Promise((resolve) => {
      socket.once('close', () => resolve());
      socket.write(Buffer.from([first, 0xff, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0]));
      socket.write(payload, () => resolve());
    });
  }

  const START = '/v1/start HTTP/1.1\r\nX-Tg-Device-Id: camera-1';
  const OFFLINE_CONNECT = `/v1/connect?peer_id=camera-1 HTTP/1.1\r\nAuthorization: Bearer ${token()}`;

  test.each([
    ['before their proof', 'whole', START, Uint8Array.of(0xff, 1), 0x82],
    ['before their proof', 'in a fragment', START, Uint8Array.of(0xff, 1), 0x02],
    ['after their bye', 'whole', OFFLINE_CONNECT, Uint8Array.of(0xff, 7), 0x82],
    ['after their bye', 'in a fragment', OFFLINE_CONNECT, Uint8Array.of(0xff, 7), 0x02],
  ])('%s cannot make the service hold 4 MiB each %s', { timeout: 30_000 }, async (_, __, request, marker, first) => {
    const { endpoint } = await startService();
    const port = Number(new URL(endpoint).port);
    const sockets = await Promise.all(
      Array.from({ length: SOCKETS }, () => rawLink(port, request, Buffer.from(marker))),
    );
    const before = heldBytes();
    await Promise.all(sockets.map((socket) => sendLarge(socket, first)));
    expect(heldBytes() - before).toBeLessThan(MARGIN_BYTES);
  });
});
