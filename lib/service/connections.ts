import type { Duplex } from 'node:stream';
import { type ByeName, inspectForError } from '../errors/index.js';
import type { Timer } from '../types/index.js';
import { ACCEPT_KEY_BYTES, encodeControl } from '../wire/index.js';
import { type Caller, Callers, type CallersContext } from './callers.js';
import type { Devices, DevicesContext, OnlineDevice } from './devices.js';
import type { ConnectionInfo } from './events.js';
import type { Link, LinkEnd } from './link.js';
import { type RelayCounts, relay, type Side } from './relay.js';
import { acceptMac, sameMac } from './start_proof.js';
import type { Upgrade } from './upgrade.js';
import type { AcceptRequest, ConnectRequest } from './upgrade_request.js';

export interface ConnectionsContext extends DevicesContext, CallersContext {
  readonly devices: Devices;
  readonly relayed: Readonly<Record<Side, RelayCounts>>;
}

/** A client whose connect link was accepted. */
interface Client {
  readonly upgrade: Upgrade;
  readonly link: Link;
  readonly caller: Caller;
  /** What follows the id in its remote id. */
  readonly suffix: string;
  /** The largest message that the client takes. */
  readonly takesBytes: number;
}

/** A device whose accept link was accepted. */
type AcceptedDevice = Pick<Client, 'upgrade' | 'link' | 'takesBytes'>;

/** A client that waits for its device. */
interface Waiting {
  readonly info: ConnectionInfo;
  readonly client: Client;
  readonly device: OnlineDevice;
  readonly key: Uint8Array;
  readonly timer: Timer;
}

interface Open {
  readonly info: ConnectionInfo;
  readonly client: Link;
  readonly device: Link;
}

/** The connections: clients that wait for their device, and pairs of links that are connected. */
export class Connections {
  readonly #context: ConnectionsContext;
  readonly #callers: Callers;
  readonly #waiting = new Map<number, Waiting>();
  readonly #waitingByKey = new Map<string, Waiting>();
  readonly #open = new Map<number, Open>();
  #lastNumber = 0;

  constructor(context: ConnectionsContext) {
    this.#context = context;
    this.#callers = new Callers(context);
    context.devices.listen({
      busy: (device, connection) => this.#onBusy(device, connection),
      offline: (device) => this.#onOffline(device),
    });
  }

  list(): readonly ConnectionInfo[] {
    return [...this.#open.values()].map(({ info }) => info);
  }

  /** Cut the links of a connection, or one of them, as a broken network does. Returns whether it was open. */
  drop(connection: number, side: 'client' | 'device' | 'both'): boolean {
    const open = this.#open.get(connection);
    if (open === undefined) return false;
    // The remaining end receives what it would receive if the network broke.
    if (side === 'both') this.#close(open, 'service', 'ours');
    else this.#onEnded(open, side, 'closed');
    if (side !== 'device') open.client.terminate();
    if (side !== 'client') open.device.terminate();
    return true;
  }

  /** Drop all connections of a device. Returns whether there was one. */
  dropOf(deviceId: string, side: 'client' | 'device' | 'both'): boolean {
    const connections = this.list().filter((info) => info.deviceId === deviceId);
    for (const { connection } of connections) this.drop(connection, side);
    return connections.length > 0;
  }

  /** Returns the sockets of an open connection: its client's and its device's. */
  sockets(connection: number): readonly Duplex[] {
    const open = this.#open.get(connection);
    return open === undefined ? [] : [open.client.socket, open.device.socket];
  }

  /** Cut the links of all connections without a bye, as if the service had been killed. */
  cutAll(): void {
    for (const waiting of [...this.#waiting.values()]) waiting.client.link.terminate();
    for (const connection of [...this.#open.keys()]) this.drop(connection, 'both');
  }

  /** End all connections; the caller closes their links. */
  stop(): void {
    this.#callers.stop();
    for (const waiting of this.#waiting.values()) this.#endWaiting(waiting, 'stopping', '');
    for (const open of this.#open.values()) this.#close(open, 'service', 'ours');
  }

  /** Accept the connect link of a client, check its credential, and announce it to its device. */
  connect(request: ConnectRequest, upgrade: Upgrade): void {
    const link = upgrade.accept();
    if (link === undefined) return;
    this.#callers.identify(request, link, upgrade, (caller) => this.#admit(request, link, upgrade, caller));
  }

  /** Check the proof of an accept link, which can be used once, and join the link to the client that waits for it. */
  accept({ deviceId, key, mac, maxMessageBytes }: AcceptRequest, upgrade: Upgrade): void {
    const waiting = this.#waitingByKey.get(keyText(key));
    // An unknown key takes as long as a wrong proof.
    const expected = acceptMac(waiting?.device.acceptKey ?? key, key);
    if (!sameMac(expected, mac) || waiting === undefined || waiting.device.deviceId !== deviceId) {
      upgrade.refuse(403, 'the proof of the accept is wrong, was used before, or is too late');
      return;
    }
    this.#waitingByKey.delete(keyText(key));
    const link = upgrade.accept();
    if (link === undefined) return;
    // A listener to the event "fault" may have ended the client's link meanwhile.
    if (!this.#waiting.has(waiting.info.connection)) upgrade.bye('peer_closed', 'the client was gone already');
    else this.#join(waiting, { upgrade, link, takesBytes: maxMessageBytes });
  }

  #onBusy(device: OnlineDevice, connection: number): void {
    const waiting = this.#waiting.get(connection);
    if (waiting?.device === device) this.#endWaiting(waiting, 'full', 'the device has no room for another connection');
  }

  /** The start link is gone, so the clients that were announced over it will not be accepted. */
  #onOffline(device: OnlineDevice): void {
    for (const waiting of this.#waiting.values()) {
      if (waiting.device === device) this.#endWaiting(waiting, 'offline', 'the device went offline');
    }
  }

  #admit({ peerId, suffix, maxMessageBytes }: ConnectRequest, link: Link, upgrade: Upgrade, caller: Caller): void {
    const { devices, settings } = this.#context;
    const device = devices.online(peerId);
    if (device === undefined) {
      this.#callers.refuse(upgrade, peerId, 'offline', `the device ${inspectForError(peerId)} is not online`);
    } else if (this.#waiting.size + this.#open.size + this.#callers.pending >= settings.maxConnections) {
      this.#callers.refuse(upgrade, peerId, 'full', `the service has ${settings.maxConnections} connections already`);
    } else {
      this.#wait({ upgrade, link, caller, suffix, takesBytes: maxMessageBytes }, device);
    }
  }

  #wait(client: Client, device: OnlineDevice): void {
    const { settings, random } = this.#context;
    const connection = this.#nextNumber();
    const { credential, issuer, subject } = client.caller;
    const suffix = client.suffix === '' ? {} : { suffix: client.suffix };
    const waiting: Waiting = {
      info: { connection, deviceId: device.deviceId, ...suffix, issuer, subject, credential },
      client,
      device,
      key: random(ACCEPT_KEY_BYTES),
      timer: settings.clock.startTimer(settings.acceptTimeoutMs, () => {
        this.#endWaiting(waiting, 'timeout', `the device did not accept within ${settings.acceptTimeoutMs} ms`);
      }),
    };
    this.#waiting.set(connection, waiting);
    this.#waitingByKey.set(keyText(waiting.key), waiting);
    client.link.handle({
      message: () => client.link.fail('a client must not send before the connection is ready'),
      ended: (end) => this.#onWaitingEnded(waiting, end),
    });
    device.link.send(encodeControl({ type: 'incoming', connection, key: waiting.key, subject }));
  }

  #nextNumber(): number {
    do {
      this.#lastNumber = (this.#lastNumber + 1) >>> 0;
    } while (this.#waiting.has(this.#lastNumber) || this.#open.has(this.#lastNumber));
    return this.#lastNumber;
  }

  #onWaitingEnded(waiting: Waiting, end: LinkEnd): void {
    this.#forget(waiting);
    if (end === 'ours') return;
    const detail = `the client's link ended before the device accepted (${end})`;
    waiting.client.upgrade.conclude('closed', detail);
    this.#context.emit('connectRefused', { deviceId: waiting.info.deviceId, reason: 'closed', detail });
  }

  #endWaiting({ client, info }: Waiting, reason: ByeName, detail: string): void {
    this.#callers.refuse(client.upgrade, info.deviceId, reason, detail);
  }

  #forget(waiting: Waiting): void {
    waiting.timer.cancel();
    this.#waiting.delete(waiting.info.connection);
    this.#waitingByKey.delete(keyText(waiting.key));
  }

  #join(waiting: Waiting, device: AcceptedDevice): void {
    const { info, client } = waiting;
    const { settings, tickets, relayed, emit } = this.#context;
    this.#forget(waiting);
    const open: Open = { info, client: client.link, device: device.link };
    this.#open.set(info.connection, open);
    for (const link of [open.client, open.device]) link.trust();
    relay(open.client, open.device, relayed.client, (end) => this.#onEnded(open, 'client', end));
    relay(open.device, open.client, relayed.device, (end) => this.#onEnded(open, 'device', end));
    const { keepAliveMs, silenceMs, maxMessageBytes } = settings;
    const limits = (otherTakesBytes: number) => ({
      keepAliveMs,
      silenceMs,
      maxMessageBytes: Math.min(maxMessageBytes, otherTakesBytes),
    });
    open.device.send(encodeControl({ type: 'ready', ...limits(client.takesBytes), ticketLifetimeSeconds: 0 }));
    open.client.send(
      encodeControl({
        type: 'ready',
        ...limits(device.takesBytes),
        ticketLifetimeSeconds: client.caller.ticketSecondsLeft ?? settings.ticketLifetimeSeconds,
        ticket: client.caller.ticket ?? tickets.issue(info),
      }),
    );
    for (const { upgrade } of [client, device]) upgrade.conclude('ready');
    emit('connectionOpened', info);
  }

  #onEnded(open: Open, by: 'client' | 'device', end: LinkEnd): void {
    if (!this.#close(open, end === 'ours' ? 'service' : by, end)) return;
    const other = by === 'client' ? open.device : open.client;
    if (end === 'silent') other.bye('peer_silent', `the ${by} fell silent`);
    else if (end === 'closed') other.bye('peer_closed', `the ${by} closed`);
    else other.bye('other', end === 'fault' ? `the link of the ${by} broke the protocol` : 'the service ended it');
  }

  /** Returns false when it was closed already. */
  #close(open: Open, by: 'client' | 'device' | 'service', why: LinkEnd): boolean {
    if (!this.#open.delete(open.info.connection)) return false;
    this.#context.emit('connectionClosed', { ...open.info, by, why });
    return true;
  }
}

function keyText(key: Uint8Array): string {
  return Buffer.from(key).toString('base64');
}
