import { type Counters, type Level, Reporter } from '../observe/index.js';
import type { Logger } from '../types/index.js';
import { SERVICE_EVENT_NAMES, serviceEventText } from './event_text.js';
import type { ServiceEmitter, ServiceEvents } from './events.js';

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
