import type { ServiceEvents, SimulatedService } from '../service/index.js';
import { SERVICE_EVENT_NAMES, serviceEventText } from '../service/service_reporter.js';
import type { CliContext } from './context.js';

/** Tell the events of a service as they come: to the person, or as JSON lines. */
export function reportEvents(service: SimulatedService, json: boolean, context: CliContext): void {
  const report = <Name extends keyof ServiceEvents>(name: Name) => {
    const listener = (event: Parameters<ServiceEvents[Name]>[0]) => {
      if (json) context.out(JSON.stringify({ event: name, ...event }));
      else context.err(serviceEventText(name, event));
    };
    service.on(name, listener as ServiceEvents[Name]);
  };
  for (const name of SERVICE_EVENT_NAMES) report(name);
}
