// A process that hosts a device and connects to it, again and again. Arguments: the endpoint. Asked for a number of cycles,
// it goes through them and says what it holds then.
import assert from 'node:assert/strict';
import { Device } from '../../../lib/device/index.js';
import { DEVICES, tokenFor } from '../cast.js';
import { sample } from './sample.js';

const COMMAND = 0x4001;
const [, , endpoint = ''] = process.argv;

function makeDevice(deviceId: keyof typeof DEVICES): Device {
  const device = new Device({ endpoint, deviceId, deviceSecretKey: DEVICES[deviceId] });
  return device.on('connection', (connection) => {
    connection.handle(COMMAND, ({ data }) => data);
    connection.on('closed', () => {});
  });
}

async function connectAndAsk(remoteId: keyof typeof DEVICES, client: Device): Promise<void> {
  const connection = await client.connect({ remoteId, token: tokenFor(remoteId) });
  const { data } = await connection.request(COMMAND, 'there?');
  assert.equal(Buffer.from(data).toString(), 'there?');
  await connection.close();
}

const steady = makeDevice('steady').ref();
await steady.start();
const client = new Device({ endpoint });
await client.start();

/** What else happens in months: a device comes and goes, a token is refused, a device is refused and forgotten. */
async function passBy(): Promise<void> {
  const passing = makeDevice('passing');
  await passing.start();
  await connectAndAsk('passing', client);
  await passing.close();
  await assert.rejects(client.connect({ remoteId: 'steady', token: tokenFor('passing') }));
  await assert.rejects(new Device({ endpoint, deviceId: 'passing', deviceSecretKey: 'wrong' }).start());
}

process.on('message', async (cycles: number) => {
  for (let i = 0; i < cycles; i++) {
    await connectAndAsk('steady', client);
    if (i % 10 === 0) await passBy();
  }
  process.send?.(sample());
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
