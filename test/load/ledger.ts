/** What the devices and clients of a process did. */
export interface Counts {
  sent: number;
  answered: number;
  failed: number;
  /** Commands that devices received. */
  handled: number;
  /** Messages that clients received. */
  messages: number;
  /** Connections that clients opened. */
  connects: number;
  refusedConnects: number;
  expiredCredentials: number;
  losses: number;
  returns: number;
}

export function noCounts(): Counts {
  return {
    sent: 0,
    answered: 0,
    failed: 0,
    handled: 0,
    messages: 0,
    connects: 0,
    refusedConnects: 0,
    expiredCredentials: 0,
    losses: 0,
    returns: 0,
  };
}

const MAX_FAULTS = 10;

/** The counts of a process, and what should not have happened. */
export class Ledger {
  readonly counts = noCounts();
  /** The first faults. */
  readonly faults: string[] = [];
  faultCount = 0;

  fault(text: string): void {
    this.faultCount += 1;
    if (this.faults.length < MAX_FAULTS) this.faults.push(text);
  }
}
