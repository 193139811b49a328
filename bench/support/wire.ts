import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { acceptMac, startProof } from '../../lib/service/start_proof.js';
import { issueConnectToken } from '../../lib/token/index.js';
import { decodeControl, encodeControl, encodeFrame, KEY_FRAME_FLAG, MEDIA } from '../../lib/wire/index.js';

export const DEVICE = { id: 'camera-1', secret: 'camera-secret' } as const;
export const APP = { accessId: 'ak', secretKey: 'app-secret' } as const;

export const TOKEN_OPTIONS = {
  accessId: APP.accessId,
  secretKey: APP.secretKey,
  remoteId: DEVICE.id,
  deviceSecretKey: DEVICE.secret,
  subject: 'bench',
} as const;

export function makeToken(): string {
  return issueConnectToken(TOKEN_OPTIONS);
}

/** Upgrades to WebSocket and returns the socket, from which nothing after the head has been read. */
export async function rawUpgrade(url: string, headers: Readonly<Record<string, string>>): Promise<Socket> {
  const upgrade = request(url, {
    headers: {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': Buffer.alloc(16, 1).toString('base64'),
      'Sec-WebSocket-Protocol': 'tirtc.v1',
      ...headers,
    },
  }).end();
  const [, socket, head] = (await once(upgrade, 'upgrade')) as [IncomingMessage, Socket, Buffer];
  socket.setNoDelay(true);
  if (head.length > 0) socket.unshift(head);
  return socket;
}

/** Reads the next bytes. The first ones on a peer link are exactly the `ready` message. */
async function firstBytes(socket: Socket): Promise<void> {
  await once(socket, 'data');
}

/** Brings a minimal device online and connects a client to it; returns the two raw sockets of the connection. */
export async function rawPair(endpoint: string): Promise<{ readonly device: Socket; readonly client: Socket }> {
  const start = new WebSocket(`${endpoint.replace('http', 'ws')}/v1/start`, ['tirtc.v1'], {
    headers: { 'X-Tg-Device-Id': DEVICE.id },
  });
  const nextControl = async () => decodeControl(((await once(start, 'message')) as [Buffer])[0].subarray(1));
  const challenge = await nextControl();
  if (challenge?.type !== 'challenge') throw new Error('the service did not send a challenge first');
  const deviceNonce = Buffer.alloc(32, 7);
  const { deviceMac, acceptKey } = startProof(DEVICE.secret, {
    serviceNonce: challenge.nonce,
    deviceNonce,
    target: '/v1/start',
    host: new URL(endpoint).host,
    deviceId: DEVICE.id,
    clientId: '',
    appId: '',
  });
  start.send(encodeControl({ type: 'proof', nonce: deviceNonce, mac: deviceMac }));
  await nextControl();
  const incoming = nextControl();
  const client = await rawUpgrade(`${endpoint}/v1/connect?peer_id=${DEVICE.id}`, {
    Authorization: `Bearer ${makeToken()}`,
  });
  const clientReady = firstBytes(client);
  const call = await incoming;
  if (call?.type !== 'incoming') throw new Error('the device received no incoming message');
  const key = Buffer.from(call.key);
  const device = await rawUpgrade(`${endpoint}/v1/accept`, {
    'X-Tg-Device-Id': DEVICE.id,
    'X-Tg-Accept-Key': key.toString('base64url'),
    'X-Tg-Accept': Buffer.from(acceptMac(acceptKey, key)).toString('base64url'),
  });
  await Promise.all([firstBytes(device), clientReady]);
  return { device, client };
}

const MASK = Uint8Array.of(0x1a, 0x2b, 0x3c, 0x4d);

/** Returns `count` key frames of `size` bytes as WebSocket messages in one buffer, masked as devices send them or
 *  plain. */
export function videoFrames(size: number, count: number, masked: boolean): Buffer {
  const data = Buffer.alloc(size, 0x5a);
  const frame = { stream: 0, media: MEDIA.H264, flags: KEY_FRAME_FLAG, reserved: 0, timestampMs: 0, data };
  const message = encodeFrame(frame);
  const one = masked ? maskedMessage(message) : plainMessage(message);
  return Buffer.concat(Array.from({ length: count }, () => one));
}

/** Returns a message as a service sends it, unmasked. */
export function plainMessage(message: Uint8Array): Buffer {
  return Buffer.concat([messageHeader(message.length, 0), message]);
}

function maskedMessage(message: Uint8Array): Buffer {
  return Buffer.concat([
    messageHeader(message.length, 0x80),
    MASK,
    message.map((byte, i) => byte ^ (MASK[i & 3] ?? 0)),
  ]);
}

function messageHeader(length: number, maskBit: number): Buffer {
  const header = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  header[0] = 0x82;
  if (header.length === 2) {
    header[1] = maskBit | length;
  } else if (header.length === 4) {
    header[1] = maskBit | 126;
    header.writeUInt16BE(length, 2);
  } else {
    header[1] = maskBit | 127;
    header.writeUInt32BE(length, 6);
  }
  return header;
}

/** Returns the response that upgrades, RFC 6455 section 4.2.2. */
export function answerUpgrade(request: IncomingMessage): string {
  const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const accept = createHash('sha1').update(key).digest('base64');
  return [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${accept}`,
    'Sec-WebSocket-Protocol: tirtc.v1',
    '\r\n',
  ].join('\r\n');
}

/** Returns ids and secrets for this many devices. */
export function manyDevices(count: number): Readonly<Record<string, string>> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [idleId(i), DEVICE.secret]));
}

export function idleId(number: number): string {
  return `idle-${number}`;
}
