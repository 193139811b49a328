import { TiRtcError } from '../errors/index.js';
import type { ServiceClock } from '../service/index.js';
import {
  type Fault,
  type InjectedFault,
  type ServiceEvents,
  type ServiceNetwork,
  SimulatedService,
} from '../service/index.js';
import { ScenarioBreakdown, ScenarioFailure } from './failure.js';
import type { ServiceSpec } from './specs.js';
import type { Details, Timeline } from './timeline.js';
import { EVENTS, SERVICE } from './vocabulary.js';

export interface ServiceActorOptions {
  readonly spec: ServiceSpec;
  readonly port: number;
  readonly seed: number | string;
  readonly devices: Readonly<Record<string, string>>;
  readonly apps: Readonly<Record<string, string>>;
  readonly clock: ServiceClock;
  readonly timeline: Timeline;
  /** Default TCP. */
  readonly network?: ServiceNetwork | undefined;
}

/** The service of a scenario. Its endpoint is known before it runs, and stays when it is started again. */
export class ServiceActor {
  readonly endpoint: string;
  readonly #options: ServiceActorOptions;
  #service: SimulatedService | undefined;

  constructor(options: ServiceActorOptions) {
    this.#options = options;
    const { host = '127.0.0.1', pathPrefix = '' } = options.spec;
    this.endpoint = `http://${host.includes(':') ? `[${host}]` : host}:${options.port}${pathPrefix}`;
  }

  get isRunning(): boolean {
    return this.#service !== undefined;
  }

  async start(): Promise<void> {
    if (this.#service !== undefined) return;
    const { spec, port, seed, devices, apps, clock, timeline, network } = this.#options;
    const given = { ...spec, port, seed, devices, apps, clock };
    const service = new SimulatedService(network === undefined ? given : { ...given, network });
    followService(service, timeline);
    try {
      await service.listen();
    } catch (error) {
      if (error instanceof TiRtcError) throw new ScenarioBreakdown(error.message);
      throw error;
    }
    this.#service = service;
    timeline.add(SERVICE, 'service', 'listening', { endpoint: this.endpoint });
  }

  async stop(): Promise<void> {
    const service = this.#service;
    if (service === undefined) return;
    this.#service = undefined;
    await service.close();
    this.#options.timeline.add(SERVICE, 'service', 'stopped');
  }

  fault(fault: Fault): InjectedFault {
    if (this.#service === undefined)
      throw new ScenarioFailure('the service is not running, so nothing can go wrong with it');
    return this.#service.fault(fault);
  }
}

/** What the service tells goes to the timeline from now on. */
export function followService(service: SimulatedService, timeline: Timeline): void {
  for (const name of Object.keys(EVENTS.service)) {
    service.on(name as keyof ServiceEvents, (event: object) =>
      timeline.add(SERVICE, 'service', name, event as Details),
    );
  }
}
