import { afterEach } from 'vitest';
import { Device, type DeviceEvents, type DeviceOptions } from '../../lib/device/index.js';
import { SimulatedService, type SimulatedServiceOptions } from '../../lib/service/index.js';
import { issueConnectToken } from '../../lib/token/index.js';

export const APP = { accessId: 'app', secretKey: 'app secret' };

/** What a device's secret is in these tests. */
export function secretOf(deviceId: string): string {
  return `secret of ${deviceId}`;
}

export function tokenFor(remoteId: string, subject = 'tester'): string {
  return issueConnectToken({ ...APP, remoteId, deviceSecretKey: secretOf(remoteId), subject });
}

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A service that knows these devices, and its endpoint; closed after the test. */
export async function startService(
  deviceIds: readonly string[],
  options: SimulatedServiceOptions = {},
): Promise<{ readonly service: SimulatedService; readonly endpoint: string }> {
  const devices = Object.fromEntries(deviceIds.map((id) => [id, secretOf(id)]));
  const service = new SimulatedService({ devices, apps: { [APP.accessId]: APP.secretKey }, ...options });
  const { endpoint } = await service.listen();
  closers.push(() => service.close());
  return { service, endpoint };
}

/** A device with its right secret, or a client without an id; closed after the test. */
export function makeDevice(endpoint: string, deviceId?: string, options: DeviceOptions = {}): Device {
  const identity = deviceId === undefined ? {} : { deviceId, deviceSecretKey: secretOf(deviceId) };
  const device = new Device({ endpoint, ...identity, ...options });
  closers.push(() => device.close());
  return device;
}

/** The arguments of the next event of that name. */
export function next<Name extends keyof DeviceEvents>(
  device: Device,
  name: Name,
): Promise<Parameters<DeviceEvents[Name]>> {
  return new Promise((resolve) => {
    device.once(name, ((...values: Parameters<DeviceEvents[Name]>) => resolve(values)) as DeviceEvents[Name]);
  });
}
