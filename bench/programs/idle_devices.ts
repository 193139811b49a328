// Devices of the binding that come online and stay so. Arguments: the endpoint, how many.
import { Device } from '../../lib/device/index.js';
import { residentBytes, serve } from '../support/serve.js';
import { manyDevices } from '../support/wire.js';

const [, , endpoint = '', count = '0'] = process.argv;
const credentials = Object.entries(manyDevices(Number(count)));
// The addon, its thread and its slabs are there whatever the number of devices.
await new Device({ endpoint }).start();

serve({
  /** Once; resolves when all are online. */
  async open() {
    const before = residentBytes();
    const started = performance.now();
    const devices = credentials.map(
      ([deviceId, deviceSecretKey]) => new Device({ endpoint, deviceId, deviceSecretKey }),
    );
    await Promise.all(devices.map((device) => device.start()));
    const perSecond = (devices.length / (performance.now() - started)) * 1000;
    return { perSecond, bytesEach: (residentBytes() - before) / devices.length };
  },
});
