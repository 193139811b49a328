import type { Duplex } from 'node:stream';
import type { Timer, WallClock } from '../../types/index.js';
import type { LinkName } from '../../wire/index.js';
import type { EmitServiceEvent } from '../events.js';
import type { RandomBytes } from '../options.js';
import {
  type Fault,
  type FaultEvent,
  type FaultLogEntry,
  type FaultOf,
  type Impairment,
  type InjectedFault,
  isImpairment,
  isUpgradeFault,
  type UpgradeFault,
} from './fault.js';
import { ImpairedSocket } from './impaired_socket.js';

export class ActiveFault implements InjectedFault {
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

interface WatchedLink {
  readonly link: LinkName;
  readonly deviceId: string;
  impaired: ImpairedSocket | undefined;
  /** The faults whose effect on this link was reported. */
  readonly met: Set<ActiveFault>;
}

const MAX_LOG_ENTRIES = 1000;

/** The faults that wait or are active, their log, and the links that they may impair. */
export class ActiveFaults {
  readonly #clock: WallClock;
  readonly #random: RandomBytes;
  readonly #emit: EmitServiceEvent;
  readonly #faults = new Set<ActiveFault>();
  readonly #links = new Map<Duplex, WatchedLink>();
  readonly #log: FaultLogEntry[] = [];

  constructor(clock: WallClock, random: RandomBytes, emit: EmitServiceEvent) {
    this.#clock = clock;
    this.#random = random;
    this.#emit = emit;
  }

  log(): readonly FaultLogEntry[] {
    return [...this.#log];
  }

  /** Whether the service is down on purpose. */
  get isDown(): boolean {
    return [...this.#faults].some(({ state, fault }) => state === 'active' && fault.kind === 'down');
  }

  /** Add a fault that waits or is active. */
  add(active: ActiveFault): void {
    this.#faults.add(active);
    if (active.state === 'active') this.#updateLinks(active);
  }

  /** End a fault. */
  delete(active: ActiveFault): void {
    const wasActive = active.state === 'active';
    active.timer?.cancel();
    active.state = 'over';
    this.#faults.delete(active);
    if (wasActive) this.#updateLinks(active);
  }

  /** Returns the fault that an upgrade meets. */
  ofUpgrade(link: LinkName, deviceId: string): UpgradeFault | undefined {
    const isMet = (fault: Fault): fault is UpgradeFault => isUpgradeFault(fault) && matches(fault, link, deviceId);
    return this.#meetFirst(isMet, `${link} link of ${JSON.stringify(deviceId)}`);
  }

  /** Whether a device that starts meets the fault `wrongProof`. */
  spoilsProof(deviceId: string): boolean {
    const isMet = (fault: Fault): fault is FaultOf<'wrongProof'> =>
      fault.kind === 'wrongProof' && (fault.device ?? deviceId) === deviceId;
    return this.#meetFirst(isMet, `the proof for ${JSON.stringify(deviceId)}`) !== undefined;
  }

  /** Whether a token meets the fault `replayToken`. */
  allowsReplay(deviceId: string): boolean {
    const isMet = (fault: Fault): fault is FaultOf<'replayToken'> =>
      fault.kind === 'replayToken' && (fault.device ?? deviceId) === deviceId;
    return this.#meetFirst(isMet, `a token for ${JSON.stringify(deviceId)}`) !== undefined;
  }

  /** Impair a link that was opened, now or when a fault begins. */
  watch(link: LinkName, deviceId: string, socket: Duplex): void {
    this.#links.set(socket, { link, deviceId, impaired: undefined, met: new Set() });
    socket.once('close', () => this.#links.delete(socket));
    this.#applyTo(socket);
  }

  /** End all faults, because the service stops. */
  stop(): void {
    for (const active of this.#faults) {
      active.timer?.cancel();
      active.state = 'over';
    }
    this.#faults.clear();
    for (const socket of this.#links.keys()) this.#applyTo(socket);
  }

  /** Log what happened to a fault, and emit it. */
  report({ number, fault }: ActiveFault, what: FaultEvent['what'], detail = ''): void {
    const event: FaultEvent = { fault: number, kind: fault.kind, what, detail };
    this.#log.push({ ...event, atMs: this.#clock.wallMs() });
    if (this.#log.length > MAX_LOG_ENTRIES) this.#log.shift();
    this.#emit('fault', event);
  }

  #meetFirst<Met extends Fault>(isMet: (fault: Fault) => fault is Met, detail: string): Met | undefined {
    for (const active of this.#faults) {
      const { fault, state } = active;
      if (state !== 'active' || !isMet(fault)) continue;
      this.#meet(active, detail);
      return fault;
    }
    return undefined;
  }

  #meet(active: ActiveFault, detail: string): void {
    active.met += 1;
    this.report(active, 'met', detail);
    if ('times' in active.fault && active.met >= (active.fault.times ?? Number.POSITIVE_INFINITY)) void active.lift();
  }

  #updateLinks({ fault }: ActiveFault): void {
    if (isImpairment(fault)) for (const socket of this.#links.keys()) this.#applyTo(socket);
  }

  /** Impair a link by the active faults that match it, and by no others. */
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
    const randomNumber = () => Buffer.from(this.#random(4)).readUInt32BE() / 2 ** 32;
    watched.impaired ??= new ImpairedSocket(socket, this.#clock, randomNumber);
    watched.impaired.set(holding.map(({ fault }) => fault as Impairment));
    for (const active of holding.filter((one) => !watched.met.has(one))) {
      watched.met.add(active);
      this.#meet(active, `${watched.link} link of ${JSON.stringify(watched.deviceId)}`);
    }
  }
}

function matches(fault: UpgradeFault | Impairment, link: LinkName, deviceId: string): boolean {
  return (fault.device ?? deviceId) === deviceId && (fault.link ?? link) === link;
}
