import type { Duplex } from 'node:stream';
import { invalidParameter } from '../../errors/index.js';
import type { Timer } from '../../types/index.js';
import type { LinkName } from '../../wire/index.js';
import type { ServiceClock } from '../clock.js';
import type { RandomBytes } from '../random.js';
import { type Fault, type Impairment, isImpairment, isUpgradeFault, type UpgradeFault } from './fault.js';
import { checkFault } from './fault_rules.js';
import { ImpairedSocket } from './impaired_socket.js';

/** What happened to a fault. `met`: it did something; `failed`: it could not. */
export interface FaultEvent {
  /** Counts up from 1. */
  readonly fault: number;
  readonly kind: Fault['kind'];
  readonly what: 'began' | 'met' | 'lifted' | 'failed';
  readonly detail: string;
}

export interface FaultLogEntry extends FaultEvent {
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/** A fault that was asked for. */
export interface InjectedFault {
  readonly number: number;
  readonly fault: Fault;
  /** `over` for good. */
  readonly state: 'waiting' | 'active' | 'over';
  /** End it. Harmless when it is over. Resolves when things are as before; rejects when they cannot be. */
  lift(): Promise<void>;
}

/** What faults do to the service. Those that return a number say how many links they hit. */
export interface FaultHost {
  cutStartLink(deviceId: string): number;
  cutConnection(connection: number, side: 'client' | 'device' | 'both'): number;
  connectionsOf(deviceId: string): readonly number[];
  socketsOf(connection: number): readonly Duplex[];
  expireTickets(of: { readonly device?: string; readonly app?: string }): void;
  vanish(): Promise<void>;
  comeBack(): Promise<void>;
  tell(news: FaultEvent): void;
}

export interface FaultsContext {
  readonly clock: ServiceClock;
  readonly random: RandomBytes;
  readonly host: FaultHost;
}

interface WatchedLink {
  readonly link: LinkName;
  readonly deviceId: string;
  impaired: ImpairedSocket | undefined;
  /** Which faults it has met. */
  readonly met: Set<ActiveFault>;
}

class ActiveFault implements InjectedFault {
  state: InjectedFault['state'] = 'waiting';
  timer: Timer | undefined;
  met = 0;
  /** For a connection by number: its links when the fault began. */
  sockets: ReadonlySet<Duplex> | undefined;

  constructor(
    readonly number: number,
    readonly fault: Fault,
    readonly lift: () => Promise<void>,
  ) {}
}

const MAX_LOG_ENTRIES = 1000;
const SIDES = { connect: 'client', accept: 'device' } as const;

/** The faults of a service: those that wait, those that hold, and the links they may hold for. */
export class Faults {
  readonly #context: FaultsContext;
  readonly #faults = new Set<ActiveFault>();
  readonly #links = new Map<Duplex, WatchedLink>();
  readonly #log: FaultLogEntry[] = [];
  #count = 0;

  constructor(context: FaultsContext) {
    this.#context = context;
  }

  log(): readonly FaultLogEntry[] {
    return [...this.#log];
  }

  /** Throws INVALID_PARAMETER when the fault is wrong, or is to hit something that is not there. */
  inject(given: Fault): InjectedFault {
    const fault = checkFault(given);
    const active: ActiveFault = new ActiveFault(++this.#count, fault, () => this.#lift(active));
    const { afterMs = 0 } = fault;
    if (afterMs === 0) {
      this.#begin(active);
    } else {
      this.#faults.add(active);
      active.timer = this.#context.clock.startTimer(afterMs, () => this.#beginLate(active));
    }
    return active;
  }

  /** What is to go wrong with an upgrade; it counts as met. */
  ofUpgrade(link: LinkName, deviceId: string): UpgradeFault | undefined {
    for (const active of this.#faults) {
      const { fault } = active;
      if (active.state === 'active' && isUpgradeFault(fault) && matches(fault, link, deviceId)) {
        this.#meet(active, `${link} link of ${JSON.stringify(deviceId)}`);
        return fault;
      }
    }
    return undefined;
  }

  /** Whether the service is to prove itself wrongly to this device; it counts as met. */
  spoilsProof(deviceId: string): boolean {
    return this.#hits('wrongProof', deviceId, 'the proof for');
  }

  allowsReplay(deviceId: string): boolean {
    return this.#hits('replayToken', deviceId, 'a token for');
  }

  /** A link was opened. */
  watch(link: LinkName, deviceId: string, socket: Duplex): void {
    this.#links.set(socket, { link, deviceId, impaired: undefined, met: new Set() });
    socket.once('close', () => this.#links.delete(socket));
    this.#applyTo(socket);
  }

  /** The service stops: nothing holds any longer. */
  stop(): void {
    for (const active of this.#faults) {
      active.timer?.cancel();
      active.state = 'over';
    }
    this.#faults.clear();
    for (const socket of this.#links.keys()) this.#applyTo(socket);
  }

  #hits(kind: 'wrongProof' | 'replayToken', deviceId: string, what: string): boolean {
    for (const active of this.#faults) {
      const { fault } = active;
      if (active.state !== 'active' || fault.kind !== kind || (fault.device ?? deviceId) !== deviceId) continue;
      this.#meet(active, `${what} ${JSON.stringify(deviceId)}`);
      return true;
    }
    return false;
  }

  #beginLate(active: ActiveFault): void {
    try {
      this.#begin(active);
    } catch (error) {
      this.#faults.delete(active);
      active.state = 'over';
      this.#tell(active, 'failed', (error as Error).message);
    }
  }

  #begin(active: ActiveFault): void {
    const { fault } = active;
    const isLasting = this.#act(active);
    if (active.state === 'over') return;
    active.state = isLasting ? 'active' : 'over';
    this.#tell(active, 'began', '');
    if (!isLasting) {
      this.#faults.delete(active);
      return;
    }
    this.#faults.add(active);
    if ('forMs' in fault && fault.forMs !== undefined) {
      active.timer = this.#context.clock.startTimer(fault.forMs, () => {
        active.lift().catch(() => {}); // told as `failed`
      });
    }
    if (isImpairment(fault)) for (const socket of this.#links.keys()) this.#applyTo(socket);
  }

  /** Do what is done at once. Returns whether the fault goes on. */
  #act(active: ActiveFault): boolean {
    const { host } = this.#context;
    const { fault } = active;
    switch (fault.kind) {
      case 'dropStartLink':
        mustHit(
          fault.kind,
          host.cutStartLink(fault.device),
          `the device ${JSON.stringify(fault.device)} is not online`,
        );
        return false;
      case 'cut':
        this.#cut(fault);
        return false;
      case 'kill': {
        const start = host.cutStartLink(fault.device);
        const all = host.connectionsOf(fault.device).map((connection) => host.cutConnection(connection, 'device'));
        mustHit(fault.kind, start + sum(all), `the device ${JSON.stringify(fault.device)} has no links`);
        return false;
      }
      case 'expireTickets':
        host.expireTickets(fault);
        return false;
      case 'down':
        host.vanish().catch((error: Error) => this.#tell(active, 'failed', error.message));
        return true;
      default:
        if ('connection' in fault && fault.connection !== undefined) {
          active.sockets = new Set(host.socketsOf(fault.connection));
          mustHit(fault.kind, active.sockets.size, `connection ${fault.connection} is not open`);
        }
        return true;
    }
  }

  #cut({ device, connection, link }: Extract<Fault, { readonly kind: 'cut' }>): void {
    const { host } = this.#context;
    const side = link === undefined || link === 'start' ? 'both' : SIDES[link];
    if (connection !== undefined) {
      mustHit('cut', host.cutConnection(connection, side), `connection ${connection} is not open`);
    } else if (device !== undefined) {
      const starts = link === undefined || link === 'start' ? host.cutStartLink(device) : 0;
      const connections = link === 'start' ? [] : host.connectionsOf(device);
      const hits = starts + sum(connections.map((number) => host.cutConnection(number, side)));
      mustHit('cut', hits, `the device ${JSON.stringify(device)} has no such link`);
    }
  }

  async #lift(active: ActiveFault): Promise<void> {
    if (active.state === 'over') return;
    const wasActive = active.state === 'active';
    active.timer?.cancel();
    active.state = 'over';
    this.#faults.delete(active);
    if (wasActive && isImpairment(active.fault)) for (const socket of this.#links.keys()) this.#applyTo(socket);
    try {
      if (wasActive && active.fault.kind === 'down' && !this.#isDown()) await this.#context.host.comeBack();
      this.#tell(active, 'lifted', '');
    } catch (error) {
      this.#tell(active, 'failed', (error as Error).message);
      throw error;
    }
  }

  #isDown(): boolean {
    return [...this.#faults].some(({ state, fault }) => state === 'active' && fault.kind === 'down');
  }

  #meet(active: ActiveFault, detail: string): void {
    active.met += 1;
    this.#tell(active, 'met', detail);
    if ('times' in active.fault && active.met >= (active.fault.times ?? Number.POSITIVE_INFINITY)) void active.lift();
  }

  /** Make the faults of a link those that hold now. */
  #applyTo(socket: Duplex): void {
    const watched = this.#links.get(socket);
    if (watched === undefined) return;
    const holding = [...this.#faults].filter(
      ({ state, fault, sockets }) =>
        state === 'active' &&
        isImpairment(fault) &&
        (sockets?.has(socket) ?? true) &&
        matches(fault, watched.link, watched.deviceId),
    );
    if (holding.length === 0 && watched.impaired === undefined) return;
    const { clock, random } = this.#context;
    watched.impaired ??= new ImpairedSocket(socket, clock, () => Buffer.from(random(4)).readUInt32BE() / 2 ** 32);
    watched.impaired.set(holding.map(({ fault }) => fault as Impairment));
    for (const active of holding.filter((one) => !watched.met.has(one))) {
      watched.met.add(active);
      this.#meet(active, `${watched.link} link of ${JSON.stringify(watched.deviceId)}`);
    }
  }

  #tell({ number, fault }: ActiveFault, what: FaultEvent['what'], detail: string): void {
    const news: FaultEvent = { fault: number, kind: fault.kind, what, detail };
    this.#log.push({ ...news, atMs: this.#context.clock.wallMs() });
    if (this.#log.length > MAX_LOG_ENTRIES) this.#log.shift();
    this.#context.host.tell(news);
  }
}

function matches(fault: UpgradeFault | Impairment, link: LinkName, deviceId: string): boolean {
  return (fault.device ?? deviceId) === deviceId && (fault.link ?? link) === link;
}

function mustHit(kind: string, hits: number, why: string): void {
  if (hits === 0) throw invalidParameter(`the fault "${kind}" hits nothing`, why);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
