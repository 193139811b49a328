// A service with a store, until it is killed. Arguments: the file, access id and secret key of an app. Registers the devices that
// it receives, and answers each when it is registered.
import { SimulatedService } from '../../lib/service/index.js';

const [, , store = '', accessId = '', secretKey = ''] = process.argv;
const service = new SimulatedService({ store, apps: { [accessId]: secretKey }, devices: { target: 'target-secret' } });
const { endpoint } = await service.listen();
process.on('message', ({ id, secret }: { readonly id: string; readonly secret: string }) => {
  service.setDevice(id, secret);
  process.send?.({ registered: id });
});
process.on('disconnect', () => process.exit());
process.send?.({ endpoint });
