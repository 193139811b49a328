import { isPending } from '../../base/index.js';
import { invalidParameter } from '../../errors/index.js';
import type { Clock } from '../../types/index.js';
import type { Connections } from '../connections.js';
import type { Devices } from '../devices.js';
import type { Tickets } from '../tickets.js';
import type { UpgradeServer } from '../upgrade_server.js';
import { ActiveFault, type ActiveFaults } from './active_faults.js';
import { checkFault, type Fault, type FaultOf, type InjectedFault } from './fault.js';

export interface FaultInjectorContext {
  readonly clock: Clock;
  readonly faults: ActiveFaults;
  readonly devices: Devices;
  readonly connections: Connections;
  readonly tickets: Tickets;
  readonly server: UpgradeServer;
}

const SIDES = { connect: 'client', accept: 'device' } as const;

/** Begins and lifts faults. */
export class FaultInjector {
  readonly #context: FaultInjectorContext;
  #count = 0;

  constructor(context: FaultInjectorContext) {
    this.#context = context;
  }

  /** Throws INVALID_PARAMETER when the fault is malformed, or its target does not exist. */
  inject(given: Fault): InjectedFault {
    const { faults, clock } = this.#context;
    const fault = checkFault(given);
    const active: ActiveFault = new ActiveFault(++this.#count, fault, () => this.#lift(active));
    const { afterMs = 0 } = fault;
    if (afterMs === 0) {
      this.#begin(active);
    } else {
      faults.add(active);
      active.timer = clock.startTimer(afterMs, () => this.#beginLate(active));
    }
    return active;
  }

  #beginLate(active: ActiveFault): void {
    try {
      this.#begin(active);
    } catch (error) {
      this.#context.faults.delete(active);
      this.#context.faults.report(active, 'failed', (error as Error).message);
    }
  }

  #begin(active: ActiveFault): void {
    const { faults, clock } = this.#context;
    const { fault } = active;
    const isLasting = this.#act(active);
    if (active.state === 'over') return;
    active.state = isLasting ? 'active' : 'over';
    faults.report(active, 'began');
    // It does not last, or a listener to "began" has lifted it.
    if (active.state === 'over') {
      faults.delete(active);
      return;
    }
    if ('forMs' in fault && fault.forMs !== undefined) {
      active.timer = clock.startTimer(fault.forMs, () => {
        active.lift().catch(() => {}); // reported as `failed`
      });
    }
    faults.add(active);
  }

  /** Do what is done at once. Returns whether the fault lasts. */
  #act(active: ActiveFault): boolean {
    const { devices, connections, server, faults } = this.#context;
    const { fault } = active;
    switch (fault.kind) {
      case 'dropStartLink':
        mustHit(fault.kind, devices.drop(fault.device), `the device ${JSON.stringify(fault.device)} is not online`);
        return false;
      case 'cut':
        this.#cut(fault);
        return false;
      case 'kill': {
        const wasOnline = devices.drop(fault.device);
        const hadConnections = connections.dropOf(fault.device, 'device');
        mustHit(fault.kind, wasOnline || hadConnections, `the device ${JSON.stringify(fault.device)} has no links`);
        return false;
      }
      case 'expireTickets':
        this.#expireTickets(active, fault);
        return false;
      case 'down':
        server.vanish().catch((error: Error) => faults.report(active, 'failed', error.message));
        return true;
      default:
        if ('connection' in fault && fault.connection !== undefined) {
          active.sockets = new Set(connections.sockets(fault.connection));
          mustHit(fault.kind, active.sockets.size > 0, `connection ${fault.connection} is not open`);
        }
        return true;
    }
  }

  #expireTickets(active: ActiveFault, { device, app }: FaultOf<'expireTickets'>): void {
    const { tickets, faults } = this.#context;
    const owners = [
      ...(device === undefined ? [] : [{ deviceId: device }]),
      ...(app === undefined ? [] : [{ issuer: app }]),
    ];
    for (const owner of owners.length === 0 ? [{}] : owners) {
      const done = tickets.revoke(owner);
      if (isPending(done)) done.then(undefined, (error: Error) => faults.report(active, 'failed', error.message));
    }
  }

  #cut({ device, connection, link }: FaultOf<'cut'>): void {
    const { devices, connections } = this.#context;
    const side = link === undefined || link === 'start' ? 'both' : SIDES[link];
    if (connection !== undefined) {
      mustHit('cut', connections.drop(connection, side), `connection ${connection} is not open`);
    } else if (device !== undefined) {
      const hitStart = (link === undefined || link === 'start') && devices.drop(device);
      const hitConnections = link !== 'start' && connections.dropOf(device, side);
      mustHit('cut', hitStart || hitConnections, `the device ${JSON.stringify(device)} has no such link`);
    }
  }

  async #lift(active: ActiveFault): Promise<void> {
    if (active.state === 'over') return;
    const { faults, server } = this.#context;
    const wasActive = active.state === 'active';
    faults.delete(active);
    try {
      if (wasActive && active.fault.kind === 'down' && !faults.isDown) await server.comeBack();
      faults.report(active, 'lifted');
    } catch (error) {
      faults.report(active, 'failed', (error as Error).message);
      throw error;
    }
  }
}

function mustHit(kind: string, isHit: boolean, why: string): void {
  if (!isHit) throw invalidParameter(`the fault "${kind}" hits nothing`, why);
}
