// The service of the soak test, in a process of its own. Sends its endpoint, then answers each message with a sample.
import { SimulatedService } from '../../../lib/service/index.js';
import { APP, DEVICES } from '../credentials.js';
import { sample } from './sample.js';

const service = new SimulatedService({
  devices: DEVICES,
  apps: { [APP.accessId]: APP.secretKey },
  /* Tickets and used tokens, which it keeps by design, up to 100,000 each, expire after a second or are not kept. */
  ticketLifetimeSeconds: 1,
  tokenUse: 'until-expiry',
});
const { endpoint } = await service.listen();
process.on('message', () => process.send?.(sample()));
process.on('disconnect', () => process.exit());
process.send?.(endpoint);
