import { type Counters, type Level, Reporter } from '../observe/index.js';
import type { Logger } from '../types/index.js';
import type { ServiceEmitter, ServiceEvents } from './events.js';

type Told = readonly [level: Level, text: string];
type Tellers = { readonly [Name in keyof ServiceEvents]: (event: Parameters<ServiceEvents[Name]>[0]) => Told };

const TELLERS: Tellers = {
  deviceOnline: ({ deviceId, reconnect }) => [
    'info',
    `device "${deviceId}" is ${reconnect ? 'online again' : 'online'}`,
  ],
  deviceOffline: ({ deviceId, why }) => ['info', `device "${deviceId}" is offline (${why})`],
  startRefused: ({ deviceId, reason }) => ['warn', `device "${deviceId}" did not start (${reason})`],
  connectRefused: ({ deviceId, reason }) => ['warn', `nobody was connected to "${deviceId}" (${reason})`],
  connectionOpened: ({ deviceId, subject }) => ['info', `"${subject}" is connected to "${deviceId}"`],
  connectionClosed: ({ deviceId, subject, by }) => ['info', `"${subject}" and "${deviceId}" are apart (by ${by})`],
  fault: () => ['info', 'a fault'],
};

/** Tell the events of a service to those who watch the process. */
export function reportService(events: ServiceEmitter, counters: Counters, logger: Logger | undefined): void {
  const reporter = new Reporter({ scope: 'service', facts: {}, logger, counters });
  for (const name of Object.keys(TELLERS) as (keyof ServiceEvents)[]) {
    const tell = TELLERS[name] as (event: object) => Told;
    events.on(name, (event: object) => {
      const [level, text] = tell(event);
      reporter.tell(level, name, text, event);
    });
  }
}
