import { Device, type DeviceConnection } from '../../lib/device/index.js';
import { DEVICE } from './wire.js';

/** A device that is online at bare_service.ts, and the connection that the service opened. */
export async function connectedDevice(endpoint: string): Promise<DeviceConnection> {
  const device = new Device({ endpoint, deviceId: DEVICE.id, deviceSecretKey: DEVICE.secret }).ref();
  const connected = new Promise<DeviceConnection>((resolve) => device.on('connection', resolve));
  await device.start();
  return await connected;
}
