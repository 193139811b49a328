// A gateway to be bundled, without top-level await, which CommonJS does not have.
import { Device } from 'tirtc-emulator';
import { SimulatedService } from 'tirtc-emulator/service';

const service = new SimulatedService({ devices: { d: 'device-secret' }, apps: {} });
service.listen().then(async ({ endpoint }) => {
  const device = new Device({ deviceId: 'd', deviceSecretKey: 'device-secret', endpoint });
  await device.start();
  await device.close();
  await service.close();
});
