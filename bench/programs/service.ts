// The simulated service, as the tests and the CLI run it. Argument: the number of devices besides the one in wire.ts.
import { SimulatedService } from '../../lib/service/index.js';
import { serve } from '../support/serve.js';
import { APP, DEVICE, manyDevices } from '../support/wire.js';

const service = new SimulatedService({
  devices: { [DEVICE.id]: DEVICE.secret, ...manyDevices(Number(process.argv[2] ?? 0)) },
  apps: { [APP.accessId]: APP.secretKey },
  tokenUse: 'until-expiry',
});
const { endpoint } = await service.listen();
serve({ endpoint: () => endpoint });
