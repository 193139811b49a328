import { describe, expect, test } from 'vitest';
import { Client, connect } from '../../lib/client/index.js';
import type { Frame } from '../../lib/types/index.js';
import { encodeFrame, KEY_FRAME_FLAG, MEDIA, toResponseWord } from '../../lib/wire/index.js';
import { DEVICE_ID, startService, TestDevice, token, type WirePeer } from '../service/support/index.js';

const wrongKey = 'another-secret';
const now = (): number => Math.floor(Date.now() / 1000);

/** Accept the next caller and answer its commands with their own bytes. */
async function acceptAndEcho(device: TestDevice): Promise<WirePeer> {
  const accepted = await device.accept(await device.nextIncoming());
  await accepted.nextControl('ready');
  accepted.ws.on('message', (message: Buffer) => {
    if (message[0] !== 0) return;
    const word = message.readUInt32LE(1);
    if (word < 0x2000) return;
    const answer = Buffer.from(message);
    answer.writeUInt32LE(toResponseWord(word), 1);
    accepted.ws.send(answer);
  });
  return accepted;
}

async function online() {
  const { service, endpoint } = await startService();
  const device = await TestDevice.start(endpoint);
  return { service, endpoint, device };
}

describe('the client against the simulated service', () => {
  test('the client connects by token, sends, receives, reconnects by ticket, and hangs up', async () => {
    const { endpoint, device } = await online();
    const client = new Client({ endpoint });
    const [connection, peer] = await Promise.all([
      client.connect({ remoteId: DEVICE_ID, token: token() }),
      acceptAndEcho(device),
    ]);
    expect((await connection.request(0x4001, 'ping')).data.toString()).toBe('ping');
    const frame = { stream: 1, media: MEDIA.H264, flags: KEY_FRAME_FLAG, reserved: 0, timestampMs: 40 };
    const arrived = new Promise<Frame>((resolve) => connection.once('video', resolve));
    peer.ws.send(encodeFrame({ ...frame, data: Uint8Array.of(0, 0, 0, 1, 0x65) }));
    expect(await arrived).toMatchObject(frame);
    await connection.close();
    expect(await peer.nextMessage()).toBeDefined();
    expect(await peer.nextBye()).toBe('peer_closed');

    const [again, peerAgain] = await Promise.all([client.connect({ remoteId: DEVICE_ID }), acceptAndEcho(device)]);
    expect((await again.request(0x4001, 'again')).data.toString()).toBe('again');
    const closed = new Promise((resolve) => again.on('closed', resolve));
    peerAgain.ws.close(1000);
    expect(await closed).toMatchObject({ code: 'PEER_CLOSED', number: -40008 });
  });

  test('the client connects over a browser WebSocket', async () => {
    const { endpoint, device } = await online();
    const { WebSocket } = await import('ws');
    const [connection] = await Promise.all([
      connect({ endpoint, remoteId: `device://${DEVICE_ID}`, token: token(), WebSocket }),
      acceptAndEcho(device),
    ]);
    expect((await connection.request(0x4001, 'ping')).data).toHaveLength(4);
    await connection.close();
  });

  test.each([
    ['expired', () => token({ issuedAt: now() - 600, ttlSeconds: 300 }), 'TOKEN_EXPIRED', -40012],
    ['from the future', () => token({ issuedAt: now() + 600 }), 'TOKEN_EARLY', -40012],
    [
      'for another target',
      () => token({ remoteId: 'camera-2', deviceSecretKey: 'second-secret' }),
      'TOKEN_TARGET',
      -40012,
    ],
    ['signed with another secret', () => token({ secretKey: wrongKey }), 'TOKEN_SIGNATURE', -40012],
    ['of an unknown issuer', () => token({ accessId: 'unknown' }), 'TOKEN_ISSUER', -40012],
    ['of an unknown device', () => token({ remoteId: 'unknown' }), 'TOKEN_DEVICE', -40008],
    ['no token at all', () => 'garbage', 'TOKEN_FORM', -40012],
  ])('connect() rejects when the token is %s', async (_, make, code, number) => {
    const { endpoint } = await online();
    await expect(connect({ endpoint, remoteId: DEVICE_ID, token: make() })).rejects.toMatchObject({ code, number });
  });

  test('connect() rejects when the token was used, the device is offline or full, or the ticket is unknown', async () => {
    const { endpoint, device } = await online();
    const once = token();
    const [connection] = await Promise.all([
      connect({ endpoint, remoteId: DEVICE_ID, token: once }),
      acceptAndEcho(device),
    ]);
    const target = { endpoint, remoteId: DEVICE_ID };
    await expect(connect({ ...target, token: once })).rejects.toMatchObject({
      code: 'TOKEN_USED',
      number: -40012,
      message: expect.stringMatching(/was used before.*--reusable-tokens/),
    });
    const refused = expect(connect({ ...target, token: token() })).rejects.toMatchObject({
      code: 'FULL',
      number: -40006,
    });
    device.busy(await device.nextIncoming());
    await refused;
    const ticket = Buffer.alloc(32).toString('base64url');
    await expect(connect({ ...target, ticket })).rejects.toMatchObject({ code: 'TICKET', number: -40011 });
    device.link.ws.close(1000);
    await connection.close();
    await expect(connect({ ...target, token: token() })).rejects.toMatchObject({ code: 'OFFLINE', number: -40008 });
  });

  test('the connection ends with an error when the service stops', async () => {
    const { service, endpoint, device } = await online();
    const [connection] = await Promise.all([
      connect({ endpoint, remoteId: DEVICE_ID, token: token() }),
      acceptAndEcho(device),
    ]);
    const closed = new Promise((resolve) => connection.on('closed', resolve));
    await service.close();
    expect(await closed).toMatchObject({ code: 'STOPPING', number: -40009 });
  });
});
