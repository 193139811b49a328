import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { TiRtcError } from '../errors/index.js';
import {
  type Fault,
  type InjectedFault,
  type ServiceEvents,
  SimulatedService,
  type SimulatedServiceOptions,
} from '../service/index.js';
import type { ServiceSpec } from './specs.js';
import type { Details, Timeline } from './timeline.js';
import { EVENTS, ScenarioBreakdown, ScenarioFailure, SERVICE } from './vocabulary.js';

export interface ServiceActorOptions extends Omit<SimulatedServiceOptions, 'port'> {
  readonly port: number;
  readonly endpoint: string;
  readonly timeline: Timeline;
}

/** The service of a scenario. Its endpoint is known before it runs and stays the same when it is started again. */
export class ServiceActor {
  readonly #options: ServiceActorOptions;
  #service: SimulatedService | undefined;

  constructor(options: ServiceActorOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    if (this.#service !== undefined) return;
    const { endpoint, timeline, ...options } = this.#options;
    const service = new SimulatedService(options);
    followService(service, timeline);
    try {
      await service.listen();
    } catch (error) {
      if (error instanceof TiRtcError) throw new ScenarioBreakdown(error.message);
      throw error;
    }
    this.#service = service;
    timeline.add(SERVICE, 'service', 'listening', { endpoint });
  }

  async stop(): Promise<void> {
    const service = this.#service;
    if (service === undefined) return;
    this.#service = undefined;
    await service.close();
    this.#options.timeline.add(SERVICE, 'service', 'stopped');
  }

  fault(fault: Fault): InjectedFault {
    if (this.#service === undefined) throw new ScenarioFailure('a fault needs a running service: start it first');
    return this.#service.fault(fault);
  }
}

/** The endpoint of a service that listens, or will listen, at this port. */
export function endpointOf({ host = '127.0.0.1', pathPrefix = '' }: ServiceSpec, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}${pathPrefix}`;
}

/** Add the events of the service to the timeline. */
export function followService(service: SimulatedService, timeline: Timeline): void {
  for (const name of Object.keys(EVENTS.service)) {
    service.on(name as keyof ServiceEvents, (event: object) =>
      timeline.add(SERVICE, 'service', name, event as Details),
    );
  }
}

/** Resolves with a TCP port that is free now. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  const server = createServer();
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
