import { Reporter, totals } from '../observe/index.js';
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
    this.#reporter.report('debug', 'state', `${this.#name} is ${to}`, { from, to }, { device: this.#device });
  }

  happened(event: 'started' | 'stopped' | 'serviceBack'): void {
    const what = { started: 'is online', stopped: 'is offline', serviceBack: 'is online again' }[event];
    this.#reporter.report('info', event, `${this.#name} ${what}`, {}, { device: this.#device });
  }

  failed(event: 'startFailed' | 'serviceLost', { error, retryInMs }: StartFailure): void {
    const isFinal = retryInMs === undefined;
    const facts = { err: error, code: error.code, ...(isFinal ? {} : { retryInMs }) };
    this.#reporter.report(isFinal ? 'error' : 'warn', event, error.message, facts, { device: this.#device });
  }

  hijacked(location: string): void {
    this.#reporter.report('warn', 'hijacked', `${this.#name} is redirected`, { location }, { device: this.#device });
  }

  /** Returns true if a logger received it. */
  handlerFailed(error: unknown): boolean {
    this.#reporter.report(
      'error',
      'handlerFailed',
      `a handler of ${this.#name} failed`,
      { err: error },
      { device: this.#device },
    );
    return this.#reporter.hasLogger;
  }
}

/** Returns the state under which a device is counted: not those in which the program may drop it without stop(). */
function counted(state: DeviceState): string | undefined {
  return state === 'idle' || state === 'failed' || state === 'closed' ? undefined : state;
}
