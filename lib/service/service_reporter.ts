import type { SafeEmitter } from '../base/index.js';
import { TiRtcError } from '../errors/index.js';
import { type Counters, type Level, Reporter } from '../observe/index.js';
import type { Logger } from '../types/index.js';
import type { ServiceEvents } from './events.js';

/** The events that report what the service does. */
export type ReportedEventName = Exclude<keyof ServiceEvents, 'error'>;
type EventOf<Name extends ReportedEventName> = Parameters<ServiceEvents[Name]>[0];
type Texts = { readonly [Name in ReportedEventName]: (event: EventOf<Name>) => string };

/** For ids and subjects, which are untrusted. */
const quoted = JSON.stringify;

const TEXTS: Texts = {
  deviceOnline: ({ deviceId, reconnect }) => `device ${quoted(deviceId)} ${reconnect ? 'is back' : 'is online'}`,
  deviceOffline: ({ deviceId, why }) => `device ${quoted(deviceId)} is offline (${why})`,
  startRefused: ({ deviceId, reason }) => `device ${quoted(deviceId)} did not start (${reason})`,
  connectRefused: ({ deviceId, reason, detail }) =>
    `a client was not connected to ${quoted(deviceId)} (${reason}): ${detail}`,
  requestRefused: ({ address, detail }) => `a request from ${address} was refused: ${detail}`,
  connectionOpened: ({ connection, deviceId, suffix, subject }) =>
    `connection ${connection}: ${quoted(subject)} with ${quoted(deviceId)}${suffix === undefined ? '' : ` and ${quoted(suffix)}`}`,
  connectionClosed: ({ connection, by, why }) => `connection ${connection} ended by the ${by} (${why})`,
  fault: ({ fault, kind, what, detail }) => `fault ${fault} (${kind}) ${what}${detail === '' ? '' : `: ${detail}`}`,
};

export const SERVICE_EVENT_NAMES = Object.keys(TEXTS) as readonly ReportedEventName[];

/** Returns an event as a text of one line without control characters. */
export function serviceEventText<Name extends ReportedEventName>(name: Name, event: EventOf<Name>): string {
  const text = TEXTS[name] as (event: EventOf<Name>) => string;
  return text(event).replace(/\p{Cc}/gu, '?');
}

const WARNINGS: readonly ReportedEventName[] = ['startRefused', 'connectRefused', 'requestRefused'];

/** Reports the events of a service to its logger, the diagnostics channels, DEBUG and its counters. */
export class ServiceReporter {
  readonly #reporter: Reporter;

  constructor(service: SafeEmitter<ServiceEvents>, counters: Counters, logger: Logger | undefined) {
    this.#reporter = new Reporter({ scope: 'service', facts: {}, logger, counters });
    for (const name of SERVICE_EVENT_NAMES) {
      const level: Level = WARNINGS.includes(name) ? 'warn' : 'info';
      service.on(name, (event: EventOf<typeof name>) => {
        this.#reporter.report(level, name, serviceEventText(name, event), event);
      });
    }
  }

  /** A listener, the handler of a route, a look-up or the store failed. Returns whether the error was logged. */
  handlerFailed(error: unknown): boolean {
    const text = error instanceof TiRtcError ? error.message : 'a listener or a handler of a route failed';
    this.#reporter.report('error', 'handlerFailed', text, { err: error });
    return this.#reporter.hasLogger;
  }
}
