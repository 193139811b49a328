import { byLabel, Counters, counter, exposition, gauge, type Metric } from '../observe/index.js';
import { RELAYED_CHANNELS, RelayCounts, type Side } from './relay.js';

/** The current numbers. */
export interface ServiceGauges {
  readonly devices: number;
  readonly connections: number;
  readonly links: number;
}

/** The counters of a service, and their text for Prometheus. */
export class ServiceMetrics {
  readonly events = new Counters();
  readonly relayed: Readonly<Record<Side, RelayCounts>> = { client: new RelayCounts(), device: new RelayCounts() };
  readonly #requests = new Counters();

  /** Count the outcome of a request, as in requestLog(). */
  countRequest(link: string, outcome: string): void {
    this.#requests.add(`${link} ${outcome}`);
  }

  text({ devices, connections, links }: ServiceGauges): string {
    const requests: Metric['samples'] = this.#requests.entries().map(([name, count]) => {
      const [link = '', outcome = ''] = name.split(' ', 2);
      return [{ link, outcome }, count];
    });
    return exposition([
      gauge('tirtc_service_devices_online', 'Devices that are online', [[{}, devices]]),
      gauge('tirtc_service_connections', 'Connections that are open', [[{}, connections]]),
      gauge('tirtc_service_links', 'WebSockets of devices and clients', [[{}, links]]),
      counter('tirtc_service_requests_total', 'Requests by outcome', requests),
      counter('tirtc_service_events_total', 'Events of the service', byLabel('event', this.events.entries())),
      counter('tirtc_service_relayed_messages_total', 'Relayed messages', this.#byChannel('messages')),
      counter('tirtc_service_relayed_bytes_total', 'Bytes of relayed messages', this.#byChannel('bytes')),
      counter(
        'tirtc_service_ignored_messages_total',
        'Messages of unknown channels, which are not relayed',
        this.#bySide('ignored'),
      ),
      counter(
        'tirtc_service_pauses_total',
        'Number of times that a sender had to wait for its reader',
        this.#bySide('pauses'),
      ),
    ]);
  }

  #byChannel(what: 'messages' | 'bytes'): Metric['samples'] {
    return Object.entries(this.relayed).flatMap(([from, counts]) =>
      RELAYED_CHANNELS.map(([number, channel]) => [{ from, channel }, counts[what][number] ?? 0] as const),
    );
  }

  #bySide(what: 'ignored' | 'pauses'): Metric['samples'] {
    return Object.entries(this.relayed).map(([from, counts]) => [{ from }, counts[what]]);
  }
}
