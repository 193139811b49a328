// Devices of the binding that stay online. Argument: the endpoint.
import { Device } from '../../lib/device/index.js';
import { residentBytes, serve } from '../support/serve.js';
import { DEVICE, idleId } from '../support/wire.js';

const [, , endpoint = ''] = process.argv;
const AT_ONCE = 1000;
const START_MS = 20_000;
const devices: Device[] = [];

serve({
  /** Starts `count` more; resolves when all are online. */
  async open(count: number) {
    const before = residentBytes();
    const started = performance.now();
    const more = Array.from({ length: count }, (_, i) => makeDevice(devices.length + i));
    devices.push(...more);
    await Promise.all(more.map((device) => device.start()));
    const perSecond = (count / (performance.now() - started)) * 1000;
    return { perSecond, bytesEach: (residentBytes() - before) / count };
  },
  /** Starts `count` more, a few at a time; resolves with how many are then online at the same time. */
  async openAsManyAs(count: number) {
    for (let left = count; left > 0; left -= AT_ONCE) {
      const some = Array.from({ length: Math.min(left, AT_ONCE) }, (_, i) => makeDevice(devices.length + i));
      devices.push(...some);
      await Promise.allSettled(some.map((device) => device.start({ timeoutMs: START_MS })));
    }
    return devices.filter((device) => device.state === 'started').length;
  },
  /** Resolves with the seconds from the loss of the service until the last device is back. */
  async untilAllAreBack() {
    const next = (event: 'serviceLost' | 'serviceBack') =>
      devices.map((device) => new Promise<void>((resolve) => device.once(event, () => resolve())));
    const lost = Promise.race(next('serviceLost'));
    const back = Promise.all(next('serviceBack'));
    await lost;
    const lostAt = performance.now();
    await back;
    return (performance.now() - lostAt) / 1000;
  },
});

function makeDevice(number: number): Device {
  return new Device({ endpoint, deviceId: idleId(number), deviceSecretKey: DEVICE.secret });
}
