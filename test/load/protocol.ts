import type { Sample } from '../soak/children/sample.js';
import type { Counts } from './ledger.js';

/** The argument of a fleet. */
export interface FleetSetup {
  readonly endpoint: string;
  /** The number of its first device. */
  readonly first: number;
  readonly count: number;
  readonly seed: number;
  /** The time between two commands of a client. */
  readonly intervalMs: number;
}

/** `outage`: answer "ready", and with a report when every device has lost the service and is back. `settle`: answer when
 *  every device is online and connected to its client. `finish`: answer when every device has answered one more command.
 *  `report`: answer at once. */
export type FleetRequest = 'outage' | 'settle' | 'finish' | 'report';

export interface FleetReport {
  readonly counts: Counts;
  readonly faults: readonly string[];
  readonly faultCount: number;
  /** The first pairs that are not online and connected, and their states. */
  readonly stuck: readonly string[];
  /** When a device was last back, in ms since 1970. */
  readonly lastBackAtMs: number;
  readonly memory: Sample;
}

/** The argument of a service. */
export interface ServiceSetup {
  readonly port: number;
  readonly devices: number;
  readonly seed: number;
}

/** `cut`: break links of this many devices. `downMs`: vanish for this long. `report`: answer with a Sample. */
export interface ServiceRequest {
  readonly cut?: number;
  readonly downMs?: number;
  readonly report?: boolean;
}
