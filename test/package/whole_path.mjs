// Runs a device, a token and a client with the installed package.
import assert from 'node:assert/strict';
import { connect, Device, ErrorCode, issueConnectToken } from 'tirtc-emulator';
import { connect as browserConnect } from 'tirtc-emulator/browser';
import { SimulatedService } from 'tirtc-emulator/service';
import { emulated } from 'tirtc-emulator/testing';

const service = new SimulatedService({ devices: { d: 'device-secret' }, apps: { a: 'app-secret' } });
const { endpoint } = await service.listen();
const device = new Device({ deviceId: 'd', deviceSecretKey: 'device-secret', endpoint });
device.on('connection', (connection) => connection.handle(0x4001, (command) => command.data));
await device.start();
const token = issueConnectToken({ accessId: 'a', secretKey: 'app-secret', remoteId: 'd', deviceSecretKey: 'device-secret', subject: 's' });
const connection = await connect({ endpoint, remoteId: 'd', token });
assert.equal(Buffer.from((await connection.request(0x4001, 'hello')).data).toString(), 'hello');
await connection.close();
await device.close();
await service.close();
assert.equal(ErrorCode.BUSY, -40006);
assert.equal(typeof browserConnect, 'function');

await emulated(async ({ device, client, expect }) => {
  await device('d', { commands: { other: 'echo' } });
  await expect.answer(await client('d'), 0x4001, { text: 'hello', answer: 'hello' });
})();
await assert.rejects(
  emulated(async ({ device }) => {
    await device('d');
    throw new Error('wrong');
  })(),
  (error) => /^wrong[^]*d {8}started/.test(error.message) && error.stack.includes('whole_path.mjs'),
);
