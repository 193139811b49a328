import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { type ServiceEvents, SimulatedService, type SimulatedServiceOptions } from '../../../lib/service/index.js';
import { type ConnectTokenOptions, issueConnectToken } from '../../../lib/token/index.js';
import { percentEncode } from '../../../lib/wire/index.js';
import { DEVICE_ID, DEVICE_SECRET, TestDevice } from './test_device.js';
import { WirePeer } from './wire_peer.js';

export * from './proxy.js';
export * from './test_device.js';
export * from './wire_peer.js';

export const ACCESS_ID = 'ak';
export const SECRET_KEY = 'app-secret';

/** Start a service with two devices and one app. It is closed when the test is over. */
export async function startService(options: SimulatedServiceOptions = {}) {
  const service = new SimulatedService({
    devices: { [DEVICE_ID]: DEVICE_SECRET, 'camera-2': 'second-secret' },
    apps: { [ACCESS_ID]: SECRET_KEY },
    ...options,
  });
  onTestFinished(() => service.close());
  const { endpoint } = await service.listen();
  return { service, endpoint };
}

export function token(changes: Partial<ConnectTokenOptions> = {}): string {
  return issueConnectToken({
    accessId: ACCESS_ID,
    secretKey: SECRET_KEY,
    remoteId: DEVICE_ID,
    deviceSecretKey: DEVICE_SECRET,
    subject: 'user-1',
    ...changes,
  });
}

export function connectUrl(endpoint: string, peerId: string): string {
  return `${endpoint.replace(/^http/, 'ws')}/v1/connect?peer_id=${percentEncode(peerId)}`;
}

export function connect(
  endpoint: string,
  credential = token(),
  peerId = DEVICE_ID,
  headers: Record<string, string> = {},
): Promise<WirePeer> {
  return WirePeer.open(connectUrl(endpoint, peerId), {
    headers: { Authorization: `Bearer ${credential}`, ...headers },
  });
}

export function connectByTicket(endpoint: string, ticket: Uint8Array, peerId = DEVICE_ID): Promise<WirePeer> {
  const Authorization = `Ticket ${Buffer.from(ticket).toString('base64url')}`;
  return WirePeer.open(connectUrl(endpoint, peerId), { headers: { Authorization } });
}

/** Connect a client and a device. */
export async function connectedPair(endpoint: string, given?: TestDevice) {
  const device = given ?? (await TestDevice.start(endpoint));
  const client = await connect(endpoint);
  const incoming = await device.nextIncoming();
  const accepted = await device.accept(incoming);
  const [clientReady, deviceReady] = [await client.nextControl('ready'), await accepted.nextControl('ready')];
  return { device, client, accepted, incoming, clientReady, deviceReady };
}

/** Resolves with the next event of this name. */
export function nextEvent<Name extends keyof ServiceEvents>(
  service: SimulatedService,
  name: Name,
): Promise<Parameters<ServiceEvents[Name]>[0]> {
  return new Promise((resolve) => service.once(name, resolve as ServiceEvents[Name]));
}

/** Send a text or bytes over TCP. Resolves with everything that was received when the connection has closed. */
export async function rawExchange(port: number, text: string | Uint8Array): Promise<string> {
  const { connect: dial } = await import('node:net');
  const socket = dial(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => {});
  socket.write(text);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}
