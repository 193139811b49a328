import type { Connection, ConnectionStats, TrafficKind } from '../types/index.js';
import { byLabel, Counters, counter, exposition, gauge, type Metric } from './exposition.js';

const KINDS: readonly TrafficKind[] = ['video', 'audio', 'message', 'command'];

/** The counters of all devices and clients of this thread, and the connections that are up. */
class Totals {
  readonly deviceEvents = new Counters();
  readonly connectionEvents = new Counters();
  readonly #devices = new Counters();
  readonly #connections = new Set<Connection>();
  readonly #ended = new Counters();

  /** Counts a device that changed its state; undefined is a state that is not counted. */
  deviceMoved(from: string | undefined, to: string | undefined): void {
    if (from !== undefined) this.#devices.add(from, -1);
    if (to !== undefined) this.#devices.add(to);
  }

  connectionOpened(connection: Connection): void {
    this.#connections.add(connection);
  }

  connectionClosed(connection: Connection): void {
    if (this.#connections.delete(connection)) addTraffic(this.#ended, connection.stats());
  }

  text(): string {
    const traffic = new Counters();
    for (const [name, count] of this.#ended.entries()) traffic.add(name, count);
    let bufferedBytes = 0;
    for (const connection of this.#connections) {
      addTraffic(traffic, connection.stats());
      bufferedBytes += connection.bufferedBytes;
    }
    return exposition(this.#metrics(new Map(traffic.entries()), bufferedBytes));
  }

  #metrics(traffic: ReadonlyMap<string, number>, bufferedBytes: number): readonly Metric[] {
    const value = (name: string): number => traffic.get(name) ?? 0;
    const byKind = (name: string): Metric['samples'] =>
      byLabel(
        'kind',
        KINDS.map((kind) => [kind, value(`${name} ${kind}`)]),
      );
    const dropped: Metric['samples'] = byLabel('kind', [
      ['frame', value('dropped frame')],
      ['command', value('dropped command')],
    ]);
    return [
      gauge(
        'tirtc_devices',
        'Devices and clients by state, without idle and ended ones',
        byLabel('state', this.#devices.entries()),
      ),
      gauge('tirtc_connections', 'Connections that are up', [[{}, this.#connections.size]]),
      gauge('tirtc_send_buffer_bytes', 'Bytes waiting for the network', [[{}, bufferedBytes]]),
      counter('tirtc_device_events_total', 'Events of devices', byLabel('event', this.deviceEvents.entries())),
      counter(
        'tirtc_connection_events_total',
        'Events of connections',
        byLabel('event', this.connectionEvents.entries()),
      ),
      counter('tirtc_sent_total', 'Frames, messages and commands accepted by a send buffer', byKind('sent')),
      counter('tirtc_sent_bytes_total', 'Bytes of their payloads', byKind('sent bytes')),
      counter('tirtc_received_total', 'Frames, messages and commands that arrived', byKind('received')),
      counter('tirtc_received_bytes_total', 'Bytes of their payloads', byKind('received bytes')),
      counter('tirtc_refused_sends_total', 'Sends refused for lack of room', [[{}, value('refused')]]),
      counter(
        'tirtc_dropped_total',
        'Frames and commands dropped because an iterator was full or all handlers were busy',
        dropped,
      ),
    ];
  }
}

export const totals = new Totals();

/** Returns the counters and states of all devices, clients and connections of this thread, in the text format of
 *  Prometheus. It contains no ids. */
export function metrics(): string {
  return totals.text();
}

function addTraffic(to: Counters, stats: ConnectionStats): void {
  for (const kind of KINDS) {
    to.add(`sent ${kind}`, stats.sent[kind].count);
    to.add(`sent bytes ${kind}`, stats.sent[kind].bytes);
    to.add(`received ${kind}`, stats.received[kind].count);
    to.add(`received bytes ${kind}`, stats.received[kind].bytes);
  }
  to.add('refused', stats.refusedSends);
  to.add('dropped frame', stats.droppedFrames);
  to.add('dropped command', stats.droppedCommands);
}
