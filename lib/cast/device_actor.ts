import { resolve } from 'node:path';
import { TiRtcError } from '../errors/index.js';
import { generateMedia, openMedia } from '../media/index.js';
import type { Command, WallClock } from '../types/index.js';
import type { VirtualNetwork } from '../virtual_time/index.js';
import type { SimulatedStream } from './device_behaviour.js';
import { SimulatedDevice, type SimulatedDeviceOptions } from './simulated_device.js';
import type { StreamSpec } from './specs.js';
import type { Timeline } from './timeline.js';

export interface DeviceActorOptions {
  readonly device: SimulatedDeviceOptions & { readonly deviceId: string };
  readonly clock: WallClock;
  readonly timeline: Timeline;
  /** Default TCP. */
  readonly network?: VirtualNetwork | undefined;
}

/** A simulated device of a scenario. A start after a stop makes a new device, as a reboot does. */
export class DeviceActor {
  readonly #options: DeviceActorOptions;
  #device: SimulatedDevice | undefined;

  constructor(options: DeviceActorOptions) {
    this.#options = options;
  }

  /** Rejects with the TiRtcError of the failure. */
  start(timeoutMs: number, signal: AbortSignal): Promise<void> {
    this.#device ??= makeDevice(this.#options);
    return this.#device.start({ timeoutMs, signal });
  }

  async stop(): Promise<void> {
    const device = this.#device;
    if (device === undefined) return;
    this.#device = undefined;
    await device.close();
    const { timeline, device: options } = this.#options;
    timeline.add(options.deviceId, 'device', 'stopped');
  }
}

/** Returns a device that keeps the process alive and whose events go to the timeline. */
export function makeDevice({ device: options, clock, timeline, network }: DeviceActorOptions): SimulatedDevice {
  const simulated = new SimulatedDevice(options, clock, network && (() => network.world.loop));
  const add = timeline.adder(options.deviceId, 'device');
  simulated.device
    .ref()
    .on('started', () => add('started'))
    .on('startFailed', ({ error, retryInMs }) => add('startFailed', { ...errorDetails(error), retryInMs }))
    .on('serviceLost', ({ error, retryInMs, failedAttempts }) => {
      add(failedAttempts === 0 ? 'serviceLost' : 'reconnectFailed', { ...errorDetails(error), retryInMs });
    })
    .on('serviceBack', () => add('serviceBack'))
    .on('hijacked', ({ location }) => add('hijacked', { location }));
  simulated
    .on('connected', ({ number: peer, subject }) => add('connected', { peer, subject }))
    .on('event', ({ number: peer }, { event, ...details }) => {
      if ('command' in details) {
        add(event, { peer, ...commandDetails(details.command), answered: details.answered });
      } else add(event, { peer, ...details });
    })
    .on('disconnected', ({ number: peer, connection }) => add('disconnected', { peer, code: connection.error?.code }))
    .on('error', (error) => add('error', { message: errorDetails(error).message }));
  return simulated;
}

export function errorDetails(error: unknown): { readonly code: string; readonly message: string } {
  const message = error instanceof Error ? error.message : String(error);
  return { code: error instanceof TiRtcError ? error.code : 'ERROR', message };
}

const MAX_TEXT_CHARACTERS = 200;

export function commandDetails({ command, data }: Command): { readonly command: string; readonly text: string } {
  const text = Buffer.from(data).toString('utf8').slice(0, MAX_TEXT_CHARACTERS);
  return { command: `0x${command.toString(16)}`, text: text.replaceAll(/\p{Cc}/gu, '?') };
}

/** Open the source of a stream. Throws a MediaError that names the file. */
export function openStream(spec: StreamSpec, folder: string, clock: WallClock): SimulatedStream {
  const { stream, from, loop = true, fps } = spec;
  const options = fps === undefined ? {} : { framesPerSecond: fps };
  return {
    stream,
    source: generateMedia(from, () => clock.wallMs()) ?? openMedia(resolve(folder, from), options),
    loop,
  };
}
