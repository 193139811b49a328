// The same in CommonJS; also checks that both entries share one TiRtcError.
const assert = require('node:assert/strict');
const { Device, TiRtcError } = require('tirtc-emulator');
const { SimulatedService } = require('tirtc-emulator/service');

(async () => {
  const service = new SimulatedService({ devices: { d: 'device-secret' }, apps: {} });
  const { endpoint } = await service.listen();
  const device = new Device({ deviceId: 'd', deviceSecretKey: 'wrong', endpoint });
  await assert.rejects(device.start(), (error) => error instanceof TiRtcError && error.number === -40004);
  await device.close();
  await service.close();
  assert.throws(() => new SimulatedService({ device: {} }), (error) => error instanceof TiRtcError);
})();
