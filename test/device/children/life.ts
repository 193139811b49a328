// Gets to a stage of a device's life and ends in some way. Its whole work is to end cleanly.
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { Device } from '../../../lib/device/index.js';
import type { Connection } from '../../../lib/types/index.js';
import { MEDIA } from '../../../lib/wire/index.js';
import { COMPLAINT, EXIT_CODE, type Life } from './life_cases.js';

const { TIRTC_LIFE: given } = process.env;
const life = (isMainThread ? JSON.parse(given ?? '') : workerData) as Life;
await reach(life);
parentPort?.postMessage('reached');
end(life.ending);

async function reach(life: Life): Promise<void> {
  const { stage, endpoint, deviceId, deviceSecretKey } = life;
  const device = new Device({ endpoint, deviceId, deviceSecretKey });
  if (stage === 'made') return;
  if (stage === 'starting') {
    device.start({ timeoutMs: 500 }).catch(() => {}); /* the endpoint is silent */
    return;
  }
  await device.start();
  if (stage === 'started') return;
  device.on('connection', (connection) => {
    connection.handle(0x4001, () => 'here');
    connection.on('audio', () => {});
  });
  const client = new Device({ endpoint });
  await client.start();
  const connection = await client.connect({ remoteId: deviceId, token: life.token });
  await connection.request(0x4001);
  if (stage === 'streaming') stream(connection);
  if (stage === 'hung up') await connection.close(); /* nothing else keeps the process */
  if (stage === 'stopping') void device.stop();
}

function stream(connection: Connection): void {
  const data = Buffer.alloc(4000);
  const send = (): void => {
    while (connection.sendAudio({ stream: 0, media: MEDIA.PCM, timestampMs: 0, data })) {
      /* until it says that this is enough */
    }
  };
  connection.on('drain', send);
  send();
}

function end(ending: Life['ending']): void {
  if (ending === 'exit') process.exit(EXIT_CODE);
  if (ending === 'throw') throw new Error(COMPLAINT);
  if (ending === 'signal') process.kill(process.pid, 'SIGTERM');
  if (ending === 'wait') setInterval(() => {}, 1000);
}
