import { createHash, createHmac } from 'node:crypto';
import { type Control, encodeControl, percentEncode } from '../../../lib/wire/index.js';
import { WirePeer } from './wire_peer.js';

export interface TestDeviceOptions {
  readonly deviceId?: string;
  readonly secret?: string;
  readonly startId?: string;
  readonly clientId?: string;
  readonly appId?: string;
  /** Sent instead of the right nonce. */
  readonly nonce?: Uint8Array;
  /** The trusted certificates, for an https endpoint. */
  readonly ca?: string;
}

export type Incoming = Extract<Control, { type: 'incoming' }>;

export const DEVICE_ID = 'camera-1';
export const DEVICE_SECRET = 'camera-secret';

/** A device that implements docs/wire.md independently of the service. */
export class TestDevice {
  readonly link: WirePeer;
  readonly #endpoint: string;
  readonly #deviceId: string;
  readonly #acceptKey: Uint8Array;
  readonly #ca: string | undefined;

  private constructor(link: WirePeer, endpoint: string, deviceId: string, acceptKey: Uint8Array, ca?: string) {
    this.link = link;
    this.#endpoint = endpoint;
    this.#deviceId = deviceId;
    this.#acceptKey = acceptKey;
    this.#ca = ca;
  }

  /** Come online. Rejects when the service sends anything but `started`, or a wrong proof. */
  static async start(endpoint: string, options: TestDeviceOptions = {}): Promise<TestDevice> {
    const { link, deviceId, serviceMac, acceptKey } = await proveDevice(endpoint, options);
    const started = await link.nextControl('started');
    if (Buffer.compare(started.mac, serviceMac) !== 0) throw new Error('the proof of the service is wrong');
    return new TestDevice(link, endpoint, deviceId, acceptKey, options.ca);
  }

  nextIncoming(): Promise<Incoming> {
    return this.link.nextControl('incoming');
  }

  acceptHeaders(incoming: Incoming): Record<string, string> {
    return {
      'X-Tg-Device-Id': percentEncode(this.#deviceId),
      'X-Tg-Accept-Key': Buffer.from(incoming.key).toString('base64url'),
      'X-Tg-Accept': hmac(this.#acceptKey, incoming.key).toString('base64url'),
    };
  }

  /** Open the accept link for an announced client. */
  accept(incoming: Incoming, headers: Record<string, string> = {}): Promise<WirePeer> {
    const url = `${this.#endpoint.replace(/^http/, 'ws')}/v1/accept`;
    return WirePeer.open(url, {
      headers: { ...this.acceptHeaders(incoming), ...headers },
      ...(this.#ca === undefined ? {} : { ca: this.#ca }),
    });
  }

  busy(incoming: Incoming): void {
    this.link.ws.send(encodeControl({ type: 'busy', connection: incoming.connection }));
  }
}

/** Open a start link and answer its challenge. */
export async function proveDevice(endpoint: string, options: TestDeviceOptions = {}) {
  const { deviceId = DEVICE_ID, secret = DEVICE_SECRET, startId, clientId = '', appId = '' } = options;
  const link = await openStart(
    endpoint,
    {
      'X-Tg-Device-Id': percentEncode(deviceId),
      ...(startId === undefined ? {} : { 'X-Tg-Start-Id': startId }),
      ...(clientId === '' ? {} : { 'X-Tg-Client-Id': percentEncode(clientId) }),
      ...(appId === '' ? {} : { 'X-Tg-App-Id': percentEncode(appId) }),
    },
    options.ca,
  );
  const challenge = await link.nextControl('challenge');
  const nonce = createHash('sha256').update(challenge.nonce).digest();
  const { host, pathname } = new URL(endpoint);
  const transcript = createHash('sha256');
  const items: readonly (string | Uint8Array)[] = [
    Buffer.concat([Uint8Array.of(0xff, 1), challenge.nonce]),
    Buffer.concat([Uint8Array.of(0xff, 2), nonce]),
    'tirtc.v1',
    `${pathname === '/' ? '' : pathname}/v1/start`,
    host,
    deviceId,
    clientId,
    appId,
  ];
  for (const item of items) {
    const bytes = Buffer.from(item as string);
    transcript.update(Uint8Array.of(bytes.length >> 8, bytes.length & 0xff)).update(bytes);
  }
  const key = hmac(secret, '\0tirtc.v1 start');
  const digest = transcript.digest();
  const [deviceMac, serviceMac, acceptKey] = ['D', 'S', 'A'].map((label) =>
    hmac(key, Buffer.concat([Buffer.from(label), digest])),
  ) as [Buffer, Buffer, Buffer];
  link.ws.send(encodeControl({ type: 'proof', nonce: options.nonce ?? nonce, mac: deviceMac }));
  return { link, deviceId, serviceMac, acceptKey };
}

export function openStart(endpoint: string, headers: Record<string, string>, ca?: string): Promise<WirePeer> {
  return WirePeer.open(`${endpoint.replace(/^http/, 'ws')}/v1/start`, { headers, ...(ca === undefined ? {} : { ca }) });
}

function hmac(key: string | Uint8Array, data: string | Uint8Array): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
