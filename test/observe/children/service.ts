// Starts a service and a device, whose output a test checks.
import { Device } from '../../../lib/device/index.js';
import { SimulatedService } from '../../../lib/service/index.js';

const deviceSecretKey = 'secret';
const service = new SimulatedService({ devices: { cam: deviceSecretKey } });
const { endpoint } = await service.listen();
const device = new Device({ endpoint, deviceId: 'cam', deviceSecretKey });
await device.start();
await device.close();
await service.close();
