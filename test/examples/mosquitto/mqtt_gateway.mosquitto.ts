import { describe, expect, test } from 'vitest';
import type { DeviceConnection } from '../../../lib/device/index.js';
import { runGateway, startWorld, type World } from '../gateway_support.js';
import type { Program } from '../support.js';
import { Broker, listen, type Message } from './broker.js';

const BASE = 'tirtc/camera-1';

interface Bridge {
  readonly world: World;
  readonly broker: Broker;
  readonly program: Program;
}

/** The gateway, with its device online or not. */
async function startBridge(online: boolean): Promise<Bridge> {
  const [world, broker] = [await startWorld(), await Broker.start()];
  world.device.on('connection', answerCommands);
  if (online) await world.device.start();
  const program = runGateway('mqtt_gateway', [broker.url], world.variables);
  await program.line(/^waiting for commands on tirtc\/camera-1\/command\/\+$/);
  if (online) await program.line(/^connected to camera-1$/);
  return { world, broker, program };
}

/** Upper case comes back for 0x4001, and what was sent for 0x4003. */
function answerCommands(connection: DeviceConnection): void {
  connection.handle(0x4001, ({ data }) => Buffer.from(data).toString().toUpperCase());
  connection.handle(0x4003, ({ data }) => data);
}

async function stop({ program }: Bridge): Promise<void> {
  program.interrupt('SIGTERM');
  expect(await program.exit, program.text).toBe(0);
}

const brief = ({ topic, text }: Message): readonly string[] => [topic, text];

describe('mqtt_gateway', () => {
  test('mqtt_gateway sends commands to the device and publishes its answers', async () => {
    const bridge = await startBridge(true);
    const client = await bridge.broker.client();
    const next = await listen(client, `${BASE}/answer/#`);
    await client.publishAsync(`${BASE}/command/0x4001`, 'hello', { qos: 1 });
    expect(brief(await next())).toEqual([`${BASE}/answer/0x4001`, 'HELLO']);
    const bytes = Buffer.from([0, 255, 10, 13]);
    await client.publishAsync(`${BASE}/command/0x4003`, bytes);
    expect((await next()).packet.payload).toEqual(bytes);
    await stop(bridge);
  });

  test('mqtt_gateway publishes answers at the response topic, with the correlation data', async () => {
    const bridge = await startBridge(true);
    const client = await bridge.broker.client();
    const next = await listen(client, 'my/answers');
    const correlationData = Buffer.from('42');
    await client.publishAsync(`${BASE}/command/0x4001`, 'hello', {
      properties: { responseTopic: 'my/answers', correlationData },
    });
    const answer = await next();
    expect(brief(answer)).toEqual(['my/answers', 'HELLO']);
    expect(answer.packet.properties?.correlationData).toEqual(correlationData);
    await stop(bridge);
  });

  test('mqtt_gateway publishes commands that the device sends on its own', async () => {
    const bridge = await startBridge(false);
    const client = await bridge.broker.client();
    const next = await listen(client, `${BASE}/event/+`);
    bridge.world.device.on('connection', (connection) => {
      connection.sendCommand({ command: 0x4010, sequenceNumber: 1 }, 'somebody rang');
    });
    await bridge.world.device.start();
    expect(brief(await next())).toEqual([`${BASE}/event/0x4010`, 'somebody rang']);
    await stop(bridge);
  });

  test('mqtt_gateway publishes whether the device is online, retained for later subscribers', async () => {
    const bridge = await startBridge(false);
    const client = await bridge.broker.client();
    const next = await listen(client, `${BASE}/state`);
    expect((await next()).text).toBe('offline');
    await bridge.world.device.start();
    expect((await next()).text).toBe('online');
    const later = await (await listen(await bridge.broker.client(), `${BASE}/state`))();
    expect([later.text, later.packet.retain]).toEqual(['online', true]);
    await bridge.world.device.stop();
    expect((await next()).text).toBe('offline');
    await bridge.world.device.start();
    expect((await next()).text).toBe('online');
    await stop(bridge);
    expect((await next()).text).toBe('offline');
  });

  test('the broker publishes offline when mqtt_gateway was killed', async () => {
    const bridge = await startBridge(true);
    const client = await bridge.broker.client();
    const next = await listen(client, `${BASE}/state`);
    while ((await next()).text !== 'online'); // it begins with "offline"
    bridge.program.interrupt('SIGKILL');
    expect((await next()).text).toBe('offline');
  });

  test('mqtt_gateway publishes why there is no answer', async () => {
    const bridge = await startBridge(true);
    const client = await bridge.broker.client();
    const next = await listen(client, `${BASE}/error/+`);
    const correlationData = Buffer.from('7');
    const send = (name: string, payload: string | Buffer) =>
      client.publishAsync(`${BASE}/command/${name}`, payload, { properties: { correlationData } });

    await send('reboot', '');
    const unknown = await next();
    expect(brief(unknown)).toEqual([`${BASE}/error/reboot`, '"reboot" is not a command: use 0x4000 to 0x7fff']);
    expect(unknown.packet.properties?.correlationData).toEqual(correlationData);
    await send('0x0200', 'of the SDK');
    expect((await next()).text).toContain('"0x0200" is not a command');
    await send('0x4001', Buffer.alloc(600_000));
    expect((await next()).text).toMatch(/a command of 600000 bytes cannot be sent.*INVALID_PARAMETER/);
    await send('0x4001', 'still there?');
    await bridge.world.device.stop();
    await bridge.program.line(/PEER_CLOSED/);
    await send('0x4001', 'too late');
    expect(brief(await next())).toEqual([
      `${BASE}/error/0x4001`,
      'the device is not connected: send the command again later',
    ]);
    await stop(bridge);
  });

  test('mqtt_gateway does not execute a retained command', async () => {
    const broker = await Broker.start();
    const client = await broker.client();
    await client.publishAsync(`${BASE}/command/0x4001`, 'old', { qos: 1, retain: true });
    const next = await listen(client, `${BASE}/answer/+`);
    const world = await startWorld();
    world.device.on('connection', answerCommands);
    await world.device.start();
    const program = runGateway('mqtt_gateway', [broker.url], world.variables);
    await program.line(/^connected to camera-1$/);
    await client.publishAsync(`${BASE}/command/0x4001`, 'new', { qos: 1 });
    expect((await next()).text).toBe('NEW');
    await stop({ world, broker, program });
  });

  test('mqtt_gateway continues when the broker is back', async () => {
    const bridge = await startBridge(true);
    await bridge.broker.stop();
    await bridge.program.line(/^the MQTT broker is not reachable$/);
    await bridge.broker.start();
    const client = await bridge.broker.client();
    const nextState = await listen(client, `${BASE}/state`);
    expect((await nextState()).text).toBe('online');
    const next = await listen(await bridge.broker.client(), `${BASE}/answer/+`);
    await client.publishAsync(`${BASE}/command/0x4001`, 'again', { qos: 1 });
    expect((await next()).text).toBe('AGAIN');
    await stop(bridge);
  });

  test('mqtt_gateway says that it cannot connect to the broker, and prints its usage', async () => {
    const { variables } = await startWorld();
    const gateway = runGateway('mqtt_gateway', ['mqtt://127.0.0.1:1'], variables);
    expect(await gateway.exit).toBe(1);
    expect(gateway.text).toMatch(/^cannot connect to the MQTT broker at 127\.0\.0\.1:1: .*ECONNREFUSED/);
    const password = runGateway('mqtt_gateway', ['mqtt://me:hidden@127.0.0.1:1'], variables);
    expect(await password.exit).toBe(2);
    expect(password.text).toContain('MQTT_PASSWORD');
    expect(password.text).not.toContain('hidden');
    const file = runGateway('mqtt_gateway', ['broker.conf'], variables);
    expect(await file.exit).toBe(2);
    expect(file.text).toContain('usage: ');
  });
});
