import type { ByeName } from '../errors/index.js';
import type { ServiceClock } from './clock.js';
import type { Connections } from './connections.js';
import type { Devices } from './devices.js';
import type { Faults } from './faults/faults.js';
import { Link } from './link.js';
import { Liveness } from './liveness.js';
import type { ServiceSettings } from './options.js';
import { deviceOf, HttpRefusal, type UpgradeRequest } from './upgrade_request.js';
import type { Arrival, Welcome } from './upgrade_server.js';

export interface LinkRegistryContext {
  readonly settings: ServiceSettings;
  readonly clock: ServiceClock;
  readonly devices: Devices;
  readonly connections: Connections;
  readonly faults: Faults;
}

/** Accepts upgraded sockets and tracks all open links. */
export class LinkRegistry {
  readonly #context: LinkRegistryContext;
  readonly #liveness: Liveness;
  readonly #links = new Set<Link>();
  #closed = false;

  constructor(context: LinkRegistryContext) {
    const { keepAliveMs, silenceMs, startKeepAliveMs, startSilenceMs } = context.settings;
    this.#context = context;
    this.#liveness = new Liveness(context.clock, Math.min(keepAliveMs, silenceMs, startKeepAliveMs, startSilenceMs));
  }

  /** How many links there are. */
  get size(): number {
    return this.#links.size;
  }

  /** Admit what may be upgraded. The last refusals that have an HTTP status are made here. With `bye` it is let in to be
   *  told that. */
  admit(request: UpgradeRequest, bye: ByeName | undefined): Welcome {
    if (bye !== undefined) return this.#sayBye(request, bye);
    const { devices, connections, settings } = this.#context;
    if (this.#closed) throw new HttpRefusal(503, 'the service is stopping');
    switch (request.link) {
      case 'start': {
        if (devices.hasRoom) {
          return (arrival) => devices.start(this.#open(request, arrival), request, arrival.conclude);
        }
        throw new HttpRefusal(503, `${settings.maxUnprovenLinks} devices are proving themselves already`);
      }
      case 'connect':
        return (arrival) => connections.connect(this.#open(request, arrival), request, arrival.conclude);
      case 'accept': {
        const join = connections.prove(request);
        return (arrival) => join(this.#open(request, arrival), arrival.conclude);
      }
    }
  }

  /** Nobody is admitted from now on. */
  stopAdmitting(): void {
    this.#closed = true;
  }

  /** Send bye(stopping) on every link. */
  sayBye(): void {
    for (const link of this.#links) link.bye('stopping', 'the service is stopping');
    this.#liveness.stop();
  }

  /** Cut every link without a word. */
  cutAll(): void {
    for (const link of this.#links) link.terminate();
  }

  #sayBye(request: UpgradeRequest, bye: ByeName): Welcome {
    return (arrival) => {
      arrival.conclude(`bye(${bye})`, 'a fault');
      this.#open(request, arrival).bye(bye);
    };
  }

  #open(request: UpgradeRequest, { ws, socket }: Arrival): Link {
    const isStart = request.link === 'start';
    const { clock, closeTimeoutMs, maxQueuedBytes, maxMessageBytes, ...settings } = this.#context.settings;
    const nobody = { message: () => {}, ended: () => {} };
    const link = new Link(ws, socket, nobody, {
      clock,
      closeTimeoutMs,
      maxQueuedBytes,
      maxMessageBytes,
      liveness: this.#liveness,
      keepAliveMs: isStart ? settings.startKeepAliveMs : settings.keepAliveMs,
      silenceMs: isStart ? settings.startSilenceMs : settings.silenceMs,
    });
    this.#links.add(link);
    ws.once('close', () => this.#links.delete(link));
    this.#context.faults.watch(request.link, deviceOf(request), socket);
    return link;
  }
}
