import type { ServiceEvents, SimulatedService } from '../service/index.js';
import type { CliContext } from './context.js';
import { printable, quoted } from './printable.js';

type Texts = { readonly [Name in keyof ServiceEvents]: (event: Parameters<ServiceEvents[Name]>[0]) => string };

/** What a service tells, in words for a person. */
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

/** Tell the events of a service as they come: to the person, or as JSON lines. */
export function reportEvents(service: SimulatedService, json: boolean, context: CliContext): void {
  const report = <Name extends keyof ServiceEvents>(name: Name) => {
    const listener = (event: Parameters<ServiceEvents[Name]>[0]) => {
      if (json) context.out(JSON.stringify({ event: name, ...event }));
      else context.err(printable((TEXTS[name] as (event: Parameters<ServiceEvents[Name]>[0]) => string)(event)));
    };
    service.on(name, listener as ServiceEvents[Name]);
  };
  for (const name of Object.keys(TEXTS) as (keyof ServiceEvents)[]) report(name);
}
