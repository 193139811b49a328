// The service of the soak, in a process of its own. Says its endpoint, then what it holds whenever it is asked.
import { SimulatedService } from '../../../lib/service/index.js';
import { APP, DEVICES } from '../cast.js';
import { sample } from './sample.js';

const service = new SimulatedService({
  devices: DEVICES,
  apps: { [APP.accessId]: APP.secretKey },
  /* What it remembers by design, up to 100,000 each, goes after a second instead of an hour, or is not there. */
  ticketLifetimeSeconds: 1,
  tokenUse: 'until-expiry',
});
const { endpoint } = await service.listen();
process.on('message', () => process.send?.(sample()));
process.on('disconnect', () => process.exit());
process.send?.(endpoint);
