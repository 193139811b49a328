import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { Device, type DeviceConnection } from '../../lib/device/index.js';
import type { SimulatedService } from '../../lib/service/index.js';
import { APP, DEVICE_ID, DEVICE_SECRET, Program, startService } from './support.js';

/** A service, and a native device that is not started yet, for a program of examples/gateway. */
export interface World {
  readonly service: SimulatedService;
  readonly device: Device;
  /** What the programs read from the environment. */
  readonly variables: Readonly<Record<string, string>>;
}

export async function startWorld(): Promise<World> {
  const { service, endpoint } = await startService();
  const device = new Device({ deviceId: DEVICE_ID, deviceSecretKey: DEVICE_SECRET, endpoint });
  onTestFinished(() => device.close());
  const variables = {
    TIRTC_ENDPOINT: endpoint,
    TIRTC_DEVICE_ID: DEVICE_ID,
    TIRTC_DEVICE_SECRET_KEY: DEVICE_SECRET,
    TIRTC_ACCESS_KEY_ID: APP.accessId,
    TIRTC_SECRET_KEY_ID: APP.secretKey,
  };
  return { service, device, variables };
}

export type GatewayName = 'mqtt_gateway' | 'recorder' | 'snapshot_server' | 'talk_back';

export function runGateway(name: GatewayName, args: readonly string[], variables: World['variables']): Program {
  return new Program(gatewayCommand(name, args), variables);
}

export function gatewayCommand(name: GatewayName, args: readonly string[] = []): readonly [string, ...string[]] {
  return [process.execPath, '--import', 'tsx', `examples/gateway/${name}.ts`, ...args];
}

/** Resolves with the next connection to the device when all of `streams` are subscribed. */
export function subscribedConnection(device: Device, streams: readonly number[]): Promise<DeviceConnection> {
  return new Promise((resolve) => {
    device.once('connection', (connection) => {
      const missing = new Set(streams);
      connection.on('subscribed', (stream) => {
        missing.delete(stream);
        if (missing.size === 0) resolve(connection);
      });
    });
  });
}

/** Repeats a request until it has the wanted answer; the timeout of the test ends it. */
export async function until<T>(ask: () => Promise<T>, isWanted: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    await sleep(10);
  }
}
