// A process that hosts a device and connects to it repeatedly. Argument: the endpoint. A message with a number of cycles
// makes it run them and answer with a sample of its memory.
import assert from 'node:assert/strict';
import { Device } from '../../../lib/device/index.js';
import { DEVICES, tokenFor } from '../credentials.js';
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

/** Everything else that happens in months: a device starts and stops, a token is refused, a device is refused and dropped. */
async function runRareCases(): Promise<void> {
  const temporary = makeDevice('temporary');
  await temporary.start();
  await connectAndAsk('temporary', client);
  await temporary.close();
  await assert.rejects(client.connect({ remoteId: 'steady', token: tokenFor('temporary') }));
  await assert.rejects(new Device({ endpoint, deviceId: 'temporary', deviceSecretKey: 'wrong' }).start());
}

process.on('message', async (cycles: number) => {
  for (let i = 0; i < cycles; i++) {
    await connectAndAsk('steady', client);
    if (i % 10 === 0) await runRareCases();
  }
  process.send?.(sample());
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
