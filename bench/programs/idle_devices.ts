// Devices of the binding that come online and stay so. Arguments: the endpoint.
import { Device } from '../../lib/device/index.js';
import { residentBytes, serve } from '../support/serve.js';
import { DEVICE, idleId } from '../support/wire.js';

const [, , endpoint = ''] = process.argv;
const devices: Device[] = [];

serve({
  /** `count` more; resolves when all are online. */
  async open(count: number) {
    const before = residentBytes();
    const started = performance.now();
    const more = Array.from({ length: count }, (_, i) => makeDevice(devices.length + i));
    devices.push(...more);
    await Promise.all(more.map((device) => device.start()));
    const perSecond = (count / (performance.now() - started)) * 1000;
    return { perSecond, bytesEach: (residentBytes() - before) / count };
  },
});

function makeDevice(number: number): Device {
  return new Device({ endpoint, deviceId: idleId(number), deviceSecretKey: DEVICE.secret });
}
