import { type Counters, type Level, Reporter } from '../observe/index.js';
import type { Logger } from '../types/index.js';
import type { ServiceEmitter, ServiceEvents } from './events.js';

type Texts = { readonly [Name in keyof ServiceEvents]: (event: Parameters<ServiceEvents[Name]>[0]) => string };

/** Ids and subjects come from outside. */
const quoted = JSON.stringify;

const TEXTS: Texts = {
  deviceOnline: ({ deviceId, reconnect }) => `device ${quoted(deviceId)} ${reconnect ? 'is back' : 'is online'}`,
  deviceOffline: ({ deviceId, why }) => `device ${quoted(deviceId)} is offline (${why})`,
  startRefused: ({ deviceId, reason }) => `device ${quoted(deviceId)} did not start (${reason})`,
  connectRefused: ({ deviceId, reason, detail }) =>
    `a client got no connection to ${quoted(deviceId)} (${reason}): ${detail}`,
  connectionOpened: ({ connection, deviceId, subject }) =>
    `connection ${connection}: ${quoted(subject)} with ${quoted(deviceId)}`,
  connectionClosed: ({ connection, by, why }) => `connection ${connection} ended by the ${by} (${why})`,
  fault: ({ fault, kind, what, detail }) => `fault ${fault} (${kind}) ${what}${detail === '' ? '' : `: ${detail}`}`,
};

export const SERVICE_EVENT_NAMES = Object.keys(TEXTS) as readonly (keyof ServiceEvents)[];

/** What a service tells, in words for a person, on one line and without control characters. */
export function serviceEventText<Name extends keyof ServiceEvents>(
  name: Name,
  event: Parameters<ServiceEvents[Name]>[0],
): string {
  const text = TEXTS[name] as (event: Parameters<ServiceEvents[Name]>[0]) => string;
  return text(event).replace(/\p{Cc}/gu, '?');
}
const WARNINGS: readonly (keyof ServiceEvents)[] = ['startRefused', 'connectRefused'];

/** Tell the events of a service to those who watch the process. */
export function reportService(events: ServiceEmitter, counters: Counters, logger: Logger | undefined): void {
  const reporter = new Reporter({ scope: 'service', facts: {}, logger, counters });
  for (const name of SERVICE_EVENT_NAMES) {
    const level: Level = WARNINGS.includes(name) ? 'warn' : 'info';
    events.on(name, (event: Parameters<ServiceEvents[typeof name]>[0]) => {
      reporter.tell(level, name, serviceEventText(name, event), event);
    });
  }
}
