import { type Level, Reporter, totals } from '../observe/index.js';
import type { Logger } from '../types/index.js';
import type { DeviceState, StartFailure } from './device_types.js';

/** Reports the events of one device to logs, diagnostics and metrics. */
export class DeviceReporter {
  readonly #reporter: Reporter;
  readonly #device: object;
  readonly #name: string;

  constructor(device: object, name: string, facts: object, logger: Logger | undefined) {
    this.#device = device;
    this.#name = name;
    this.#reporter = new Reporter({ scope: 'device', facts, logger, counters: totals.deviceEvents });
  }

  moved(from: DeviceState, to: DeviceState): void {
    totals.deviceMoved(counted(from), counted(to));
    this.#report('debug', 'state', `${this.#name} is ${to}`, { from, to });
  }

  happened(event: 'started' | 'stopped' | 'serviceBack'): void {
    const what = { started: 'is online', stopped: 'is offline', serviceBack: 'is online again' }[event];
    this.#report('info', event, `${this.#name} ${what}`, {});
  }

  /** A loss of the service is counted once, however many attempts to reconnect fail. */
  failed(event: 'startFailed' | 'serviceLost', { error, retryInMs, failedAttempts }: StartFailure): void {
    const isFinal = retryInMs === undefined;
    const facts = { err: error, code: error.code, ...(isFinal ? {} : { retryInMs }) };
    const name = event === 'serviceLost' && failedAttempts > 0 ? 'reconnectFailed' : event;
    this.#report(isFinal ? 'error' : 'warn', name, error.message, facts);
  }

  hijacked(location: string): void {
    this.#report('warn', 'hijacked', `${this.#name} is redirected`, { location });
  }

  /** Returns true if a logger received it. */
  handlerFailed(error: unknown): boolean {
    this.#report('error', 'handlerFailed', `a handler of ${this.#name} failed`, { err: error });
    return this.#reporter.hasLogger;
  }

  #report(level: Level, event: string, text: string, facts: object): void {
    this.#reporter.report(level, event, text, facts, { device: this.#device });
  }
}

/** Returns the state under which a device is counted: not those in which the program may drop it without stop(). */
function counted(state: DeviceState): string | undefined {
  return state === 'idle' || state === 'failed' || state === 'closed' ? undefined : state;
}
