// The simulated service, as the tests and the CLI run it. Arguments: the number of devices besides the one in wire.ts; a file to
// register these devices in, instead of by the configuration.
import { SimulatedService } from '../../lib/service/index.js';
import { serve } from '../support/serve.js';
import { APP, DEVICE, manyDevices } from '../support/wire.js';

const [, , count = '0', store] = process.argv;
const others = manyDevices(Number(count));
const service = new SimulatedService({
  devices: { [DEVICE.id]: DEVICE.secret, ...(store === undefined && others) },
  ...(store !== undefined && { store }),
  apps: { [APP.accessId]: APP.secretKey },
  tokenUse: 'until-expiry',
});
if (store !== undefined) {
  for (const [id, secret] of Object.entries(others)) await service.setDevice(id, secret);
}
const { endpoint } = await service.listen();
serve({
  endpoint: () => endpoint,
  /** Goes away for this long, as if it were killed and started again. */
  goAway: (ms: number) => void service.fault({ kind: 'down', forMs: ms }),
});
