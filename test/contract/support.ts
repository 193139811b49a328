import { describe, expect } from 'vitest';
import { WebSocket } from 'ws';
import { Client } from '../../lib/client/index.js';
import type { Device, DeviceOptions } from '../../lib/device/index.js';
import type { SimulatedService, SimulatedServiceOptions } from '../../lib/service/index.js';
import type { Connection, ConnectionEvents, ConnectTarget, OutgoingFrame } from '../../lib/types/index.js';
import { KEY_FRAME_FLAG, MEDIA } from '../../lib/wire/index.js';
import { makeDevice, next, startService, tokenFor } from '../device/support.js';

export { startService, tokenFor } from '../device/support.js';

/** The options of the calling side of a pair. */
export interface ClientSettings {
  readonly maxSendBufferBytes?: number;
  readonly connectTimeoutMs?: number;
}

/** The interface that the contract needs of a client. */
export interface AnyClient {
  connect(target: ConnectTarget): Promise<Connection>;
}

export interface ClientKind {
  readonly name: string;
  readonly open: (endpoint: string, settings?: ClientSettings) => Promise<AnyClient>;
  /** It is not told why an upgrade failed. */
  readonly blind?: boolean;
}

async function openNativeClient(endpoint: string, settings: ClientSettings): Promise<AnyClient> {
  const client = makeDevice(endpoint, undefined, settings);
  await client.start();
  return client;
}

/** All clients with which a program can call a device. */
export const CLIENT_KINDS: readonly ClientKind[] = [
  { name: 'TypeScript client', open: async (endpoint, settings = {}) => new Client({ endpoint, ...settings }) },
  {
    name: 'TypeScript client over a browser WebSocket',
    open: async (endpoint, settings = {}) => new Client({ endpoint, ...settings, WebSocket }),
    blind: true,
  },
  { name: 'native client', open: (endpoint, settings = {}) => openNativeClient(endpoint, settings) },
];

/** The one contract of a connection: the same tests over every kind of client, each against a native device. */
export function connectionContract(topic: string, tests: (kind: ClientKind) => void): void {
  for (const kind of CLIENT_KINDS) describe(`${topic}: ${kind.name} and native device`, () => tests(kind));
}

export interface PairOptions {
  readonly service?: SimulatedServiceOptions;
  readonly device?: DeviceOptions;
  readonly client?: ClientSettings;
}

/** A client and a device, connected through a service; closed after the test. */
export interface Pair {
  readonly service: SimulatedService;
  readonly endpoint: string;
  readonly device: Device;
  readonly client: AnyClient;
  /** The client's end. */
  readonly near: Connection;
  /** The device's end. */
  readonly far: Connection;
  readonly subject: string;
}

export const DEVICE_ID = 'cam';

export async function connectPair(kind: ClientKind, options: PairOptions = {}): Promise<Pair> {
  const { service, endpoint } = await startService([DEVICE_ID], options.service);
  const device = makeDevice(endpoint, DEVICE_ID, options.device);
  const [client] = await Promise.all([kind.open(endpoint, options.client), device.start()]);
  return { service, endpoint, device, client, ...(await join(client, device, { token: tokenFor(DEVICE_ID) })) };
}

/** Opens one more connection between the two. */
export async function join(client: AnyClient, device: Device, target: Omit<ConnectTarget, 'remoteId'>) {
  const accepted = next(device, 'connection');
  const near = await client.connect({ remoteId: DEVICE_ID, ...target });
  const [far, { subject }] = await accepted;
  return { near, far, subject };
}

export const DIRECTIONS = ['client to device', 'device to client'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** Returns the sender and the receiver. */
export function endsOf({ near, far }: Pair, direction: Direction): readonly [Connection, Connection] {
  return direction === 'client to device' ? [near, far] : [far, near];
}

/** Resolves with the arguments of the next event of that name. */
export function nextEvent<Name extends keyof ConnectionEvents>(
  connection: Connection,
  name: Name,
): Promise<Parameters<ConnectionEvents[Name]>> {
  return new Promise((resolve) => {
    const listener = (...values: Parameters<ConnectionEvents[Name]>) => resolve(values);
    connection.once(name, listener as ConnectionEvents[Name]);
  });
}

/** Resolves with the error that ended a connection; undefined if this end closed it. */
export async function endOf(connection: Connection): Promise<unknown> {
  const [error] = await nextEvent(connection, 'closed');
  return error;
}

/** Resolves with the first arguments of the next `count` events of that name. */
export function take<Name extends keyof ConnectionEvents>(
  connection: Connection,
  name: Name,
  count: number,
): Promise<Parameters<ConnectionEvents[Name]>[0][]> {
  const taken: Parameters<ConnectionEvents[Name]>[0][] = [];
  return new Promise((resolve) => {
    const listener = (...values: Parameters<ConnectionEvents[Name]>): void => {
      if (taken.push(values[0]) < count) return;
      connection.off(name, listener as ConnectionEvents[Name]);
      resolve(taken);
    };
    connection.on(name, listener as ConnectionEvents[Name]);
  });
}

/** Wait for a condition that has no event. */
export function eventually(check: () => void): Promise<void> {
  return expect
    .poll(
      () => {
        check();
        return true;
      },
      { interval: 5, timeout: 8000 },
    )
    .toBe(true);
}

/** Bytes that depend on their position. */
export function pattern(size: number, seed = 0): Uint8Array {
  const data = new Uint8Array(size);
  for (let i = 0; i < size; i++) data[i] = (i * 31 + (i >> 8) * 7 + seed * 17) & 0xff;
  return data;
}

export function keyFrame(changes: Partial<OutgoingFrame> = {}): OutgoingFrame {
  return { stream: 0, media: MEDIA.H264, flags: KEY_FRAME_FLAG, timestampMs: 0, data: pattern(100), ...changes };
}

export function deltaFrame(changes: Partial<OutgoingFrame> = {}): OutgoingFrame {
  return keyFrame({ flags: 0, ...changes });
}

export function soundFrame(changes: Partial<OutgoingFrame> = {}): OutgoingFrame {
  return { stream: 1, media: MEDIA.ALAW, timestampMs: 0, data: pattern(160), ...changes };
}

/** Returns the error that a call throws. */
export function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return (error as { readonly code?: string }).code ?? String(error);
  }
  return 'nothing was thrown';
}
