import { resolve } from 'node:path';
import { TiRtcError } from '../errors/index.js';
import { ClockPicture, type MediaSource, openMedia, toneSource } from '../media/index.js';
import type { ServiceClock } from '../service/index.js';
import type { Command } from '../types/index.js';
import type { VirtualNetwork } from '../virtual_time/index.js';
import { readCommandTable } from './command_table.js';
import type { SimulatedStream } from './device_behaviour.js';
import { SimulatedDevice } from './simulated_device.js';
import type { DeviceSpec, StreamSpec } from './specs.js';
import type { Details, Timeline } from './timeline.js';

export interface DeviceActorOptions {
  readonly name: string;
  readonly spec: DeviceSpec;
  readonly secretKey: string;
  readonly streams: readonly SimulatedStream[];
  readonly endpoint: string;
  readonly clock: ServiceClock;
  readonly timeline: Timeline;
  /** Default TCP. */
  readonly network?: VirtualNetwork | undefined;
}

/** A simulated device of a scenario. Each start after a stop is that of a new one, as after a reboot. */
export class DeviceActor {
  readonly #options: DeviceActorOptions;
  #device: SimulatedDevice | undefined;

  constructor(options: DeviceActorOptions) {
    this.#options = options;
  }

  /** Rejects with the TiRtcError of the failure. */
  start(withinMs: number, signal: AbortSignal): Promise<void> {
    this.#device ??= this.#make();
    return this.#device.start({ timeoutMs: withinMs, signal });
  }

  async stop(): Promise<void> {
    const device = this.#device;
    if (device === undefined) return;
    this.#device = undefined;
    await device.close();
    this.#tell('stopped');
  }

  #make(): SimulatedDevice {
    const { name, spec, secretKey, streams, endpoint, clock, timeline, network } = this.#options;
    const { commands, maxConnections, maxSendBuffer } = spec;
    const simulated = new SimulatedDevice(
      {
        deviceId: name,
        deviceSecretKey: secretKey,
        endpoint,
        streams,
        ...(commands === undefined ? {} : { commands: readCommandTable(commands) }),
        ...(maxConnections === undefined ? {} : { maxConnections }),
        ...(maxSendBuffer === undefined ? {} : { maxSendBufferBytes: maxSendBuffer }),
      },
      clock,
      network && (() => network.world.loop),
    );
    simulated.device.ref();
    followDevice(simulated, name, timeline);
    return simulated;
  }

  #tell(event: string, details: Details = {}): void {
    this.#options.timeline.add(this.#options.name, 'device', event, details);
  }
}

/** What a device tells goes to the timeline from now on. */
export function followDevice(simulated: SimulatedDevice, name: string, timeline: Timeline): void {
  const tell = (event: string, details?: Details) => timeline.add(name, 'device', event, details);
  simulated.device
    .on('started', () => tell('started'))
    .on('startFailed', ({ error, retryInMs }) => tell('startFailed', { ...whyOf(error), retryInMs }))
    .on('serviceLost', ({ error, retryInMs }) => tell('serviceLost', { ...whyOf(error), retryInMs }))
    .on('serviceBack', () => tell('serviceBack'))
    .on('hijacked', ({ location }) => tell('hijacked', { location }));
  simulated
    .on('connected', ({ number: peer, subject }) => tell('connected', { peer, subject }))
    .on('news', ({ number: peer }, news) => {
      if (news.event !== 'command') {
        const { event, ...details } = news;
        tell(event, { peer, ...details });
        return;
      }
      tell('command', { peer, ...commandDetails(news.command), answered: news.answered });
    })
    .on('disconnected', ({ number: peer, connection }) => tell('disconnected', { peer, code: connection.error?.code }))
    .on('error', (error) => tell('error', { message: whyOf(error).message }));
}

export function whyOf(error: unknown): { readonly code: string; readonly message: string } {
  const message = error instanceof Error ? error.message : String(error);
  return { code: error instanceof TiRtcError ? error.code : 'ERROR', message };
}

const MAX_TEXT_CHARACTERS = 200;

export function commandDetails({ command, data }: Command): Details {
  const text = Buffer.from(data).toString('utf8').slice(0, MAX_TEXT_CHARACTERS);
  return { command: `0x${command.toString(16)}`, text: text.replaceAll(/\p{Cc}/gu, '?') };
}

/** Make ready what a stream plays. Throws a MediaError that names the file. */
export function openStream(
  { stream, from, loop, fps }: StreamSpec,
  folder: string,
  clock: ServiceClock,
): SimulatedStream {
  const source =
    generate(from, clock) ?? openMedia(resolve(folder, from), fps === undefined ? {} : { framesPerSecond: fps });
  return { stream, source, loop: loop ?? true };
}

const DAY_MS = 86_400_000;

function generate(name: string, clock: ServiceClock): MediaSource | undefined {
  switch (name) {
    case 'clock':
      return new ClockPicture(() => clock.wallMs() % DAY_MS);
    case 'tone':
      return toneSource('alaw');
    case 'tone-pcm':
      return toneSource('pcm');
    default:
      return undefined;
  }
}
