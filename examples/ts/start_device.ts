/* A device that goes online and waits for clients.
 *
 *     export TIRTC_ENDPOINT=http://127.0.0.1:8080    the URL of the service
 *     export TIRTC_DEVICE_ID=camera-1                the id of this device, which the service knows with its secret
 *     export TIRTC_DEVICE_SECRET_KEY=...
 *     npx tsx examples/ts/start_device.ts            run until Ctrl-C
 *     npx tsx examples/ts/start_device.ts --once     end as soon as the device is online, or with an error after 30 s
 *
 * It answers each command with the command's data. Exit code: 0 success, 1 the device could not start, 2 a variable is
 * missing. */
import { once } from 'node:events';
import process from 'node:process';
import { type Connection, Device, TiRtcError } from 'tirtc-emulator';

function serve(connection: Connection, subject: string): void {
  console.log(`client "${subject}" connected`);
  connection.on('command', (command) => {
    console.log(`client "${subject}" sent command 0x${command.command.toString(16)} with ${command.data.length} bytes`);
    command.reply(command.data);
  });
  connection.on('closed', (error) => console.log(`client "${subject}" is gone: ${error?.message}`));
}

async function run(deviceId: string, deviceSecretKey: string, onlyOnce: boolean): Promise<void> {
  const device = new Device({ deviceId, deviceSecretKey }).ref();
  const interrupt = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => interrupt.abort());

  device.on('startFailed', ({ error, retryInMs }) => {
    if (retryInMs !== undefined) console.log(`${error.message}\nthe next attempt begins in ${retryInMs} ms`);
  });
  device.on('serviceLost', ({ error }) => console.log(error.message));
  device.on('serviceBack', () => console.log('the service is back'));
  device.on('connection', (connection, { subject }) => serve(connection, subject));

  console.log(`device ${deviceId} is starting`);
  try {
    await device.start({ signal: interrupt.signal, ...(onlyOnce ? { timeoutMs: 30_000 } : {}) });
    console.log('device started: clients can connect now');
    if (!onlyOnce) await once(interrupt.signal, 'abort');
  } finally {
    await device.close();
    console.log('device stopped');
  }
}

async function main(): Promise<number> {
  const { TIRTC_DEVICE_ID: deviceId, TIRTC_DEVICE_SECRET_KEY: secret } = process.env;
  if (!deviceId || !secret) {
    const [name, what] = deviceId ? ['TIRTC_DEVICE_SECRET_KEY', 'secret key'] : ['TIRTC_DEVICE_ID', 'id'];
    console.error(`${name} is not set; set it to the ${what} of this device`);
    return 2;
  }
  const onlyOnce = process.argv.includes('--once');
  try {
    await run(deviceId, secret, onlyOnce);
    return 0;
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError' && !onlyOnce) return 0;
    console.error(error instanceof TiRtcError ? error.message : error);
    return 1;
  }
}

process.exitCode = await main();
