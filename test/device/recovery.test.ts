import { describe, expect, onTestFinished, test } from 'vitest';
import { Device, type StartFailure } from '../../lib/device/index.js';
import { SimulatedService } from '../../lib/service/index.js';
import { VirtualTime } from '../../lib/virtual_time/index.js';

const COUNT = 500;
const MAX_ATTEMPTS = 6;
const [HOST, PORT] = ['127.0.0.1', 8080];
const IDS = Array.from({ length: COUNT }, (_, i) => `cam-${i}`);

interface Recovery {
  /** When the last device was online again, since the outage began. */
  readonly lastBackMs: number;
  /** When each device made its attempts. */
  readonly attempts: readonly (readonly number[])[];
}

/** Lets the service vanish for this long, after all devices are online or before they start. */
async function recover(seed: number, outageMs: number, when: 'online' | 'before the start'): Promise<Recovery> {
  const time = new VirtualTime({ seed, host: HOST, port: PORT });
  onTestFinished(() => time.close());
  const { network } = time;
  const secrets = Object.fromEntries(IDS.map((id) => [id, `secret of ${id}`]));
  return await time.run(async () => {
    const service = new SimulatedService({ devices: secrets, port: PORT, seed, clock: time, network });
    const { endpoint } = await service.listen();
    const devices = IDS.map((id) => {
      return new Device({ deviceId: id, deviceSecretKey: `${secrets[id]}`, endpoint }, time, () => network.world.loop);
    });
    if (when === 'online') await Promise.all(devices.map((device) => device.start()));
    const beganMs = time.nowMs();
    const attempts = devices.map((device) => {
      const times = when === 'online' ? [] : [0];
      const announce = ({ retryInMs, failedAttempts }: StartFailure): void => {
        expect(failedAttempts).toBe(times.length);
        times.push(time.nowMs() - beganMs + (retryInMs ?? Number.NaN));
      };
      device.on('serviceLost', announce).on('startFailed', announce);
      return times;
    });
    service.fault({ kind: 'down', forMs: outageMs });
    const back = devices.map((device) => {
      if (when !== 'online') return device.start();
      return new Promise<void>((resolve) => void device.on('serviceBack', resolve));
    });
    await Promise.all(back);
    const lastBackMs = time.nowMs() - beganMs;
    await Promise.all(devices.map((device) => device.close()));
    await service.close();
    return { lastBackMs, attempts };
  });
}

/** Returns the most attempts in any second. */
function mostInASecond(attempts: Recovery['attempts']): number {
  const times = attempts.flat().sort((a, b) => a - b);
  let [most, from] = [0, 0];
  times.forEach((ms, i) => {
    while ((times[from] ?? ms) <= ms - 1000) from += 1;
    most = Math.max(most, i - from + 1);
  });
  return most;
}

describe.each(['online', 'before the start'] as const)('500 devices of a service that vanishes, %s,', (when) => {
  test.each([200, 600, 1000, 3700, 10_000, 60_000])(
    'are back soon and without a storm after %i ms',
    async (outageMs) => {
      for (const seed of [1, 2]) {
        const { lastBackMs, attempts } = await recover(seed, outageMs, when);
        expect(lastBackMs).toBeGreaterThanOrEqual(outageMs);
        expect(lastBackMs).toBeLessThanOrEqual(2 * outageMs + 1000);
        const most = Math.max(...attempts.map((times) => times.length));
        if (outageMs <= 10_000) expect(most).toBeLessThanOrEqual(MAX_ATTEMPTS);
        expect(mostInASecond(attempts)).toBeLessThanOrEqual(2 * COUNT);
      }
    },
  );
});
