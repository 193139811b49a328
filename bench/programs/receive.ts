// A device whose handler is called for each frame. Arguments: the endpoint of bare_service.ts.
import { Device } from '../../lib/device/index.js';
import type { Connection } from '../../lib/types/index.js';
import { serve } from '../support/serve.js';
import { DEVICE } from '../support/wire.js';

const [, , endpoint = ''] = process.argv;
const device = new Device({ endpoint, deviceId: DEVICE.id, deviceSecretKey: DEVICE.secret }).ref();
const connected = new Promise<Connection>((resolve) => device.on('connection', resolve));
await device.start();
const connection = await connected;

serve({
  /** Resolves with frames a second, from the first to the last of `count`. */
  count(count: number) {
    return new Promise<number>((resolve) => {
      let seen = 0;
      let started = 0;
      const take = (): void => {
        seen += 1;
        if (seen === 1) started = performance.now();
        if (seen < count) return;
        connection.off('video', take);
        resolve((count / (performance.now() - started)) * 1000);
      };
      connection.on('video', take);
    });
  },
});
