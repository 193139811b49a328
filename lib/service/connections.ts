import type { Duplex } from 'node:stream';
import type { ByeName } from '../errors/index.js';
import { type NonceStore, TokenError, type VerifiedToken, verifyConnectToken } from '../token/index.js';
import type { Timer } from '../types/index.js';
import { ACCEPT_KEY_BYTES, encodeControl } from '../wire/index.js';
import type { Devices, DevicesContext, OnlineDevice } from './devices.js';
import type { ConnectionInfo } from './events.js';
import type { Link, LinkEnd } from './link.js';
import { relay } from './relay.js';
import type { Conclude } from './request_log.js';
import type { RelayCounts, Side } from './service_metrics.js';
import { acceptMac, sameMac } from './start_proof.js';
import type { TicketStore } from './tickets.js';
import { type AcceptRequest, type ConnectRequest, HttpRefusal } from './upgrade_request.js';

export interface ConnectionsContext extends DevicesContext {
  readonly devices: Devices;
  readonly apps: ReadonlyMap<string, string>;
  readonly tickets: TicketStore;
  readonly relayed: Readonly<Record<Side, RelayCounts>>;
  /** Absent when tokens may be used again. */
  readonly nonces: NonceStore | undefined;
}

/** Who a credential says the client is. */
interface Caller {
  readonly credential: 'token' | 'ticket';
  readonly issuer: string;
  readonly subject: string;
  /** The ticket the client came with. */
  readonly ticket?: Uint8Array;
  readonly ticketSecondsLeft?: number;
}

/** A client that waits for its device. */
interface Waiting {
  readonly info: ConnectionInfo;
  readonly caller: Caller;
  readonly device: OnlineDevice;
  readonly client: Link;
  /** The largest message the client takes. */
  readonly clientTakesBytes: number;
  readonly key: Uint8Array;
  readonly timer: Timer;
  readonly conclude: Conclude;
}

/** A device that took its waiting client. */
interface Accepted {
  readonly device: Link;
  /** The largest message the device takes. */
  readonly takesBytes: number;
  readonly conclude: Conclude;
}

interface Open {
  readonly info: ConnectionInfo;
  readonly client: Link;
  readonly device: Link;
}

/** Gives an accept link its waiting client. To be called with the upgraded link. */
export type Join = (device: Link, conclude: Conclude) => void;

/** The connections: clients that wait for their device, and pairs of links that are connected. */
export class Connections {
  readonly #context: ConnectionsContext;
  readonly #waiting = new Map<number, Waiting>();
  readonly #waitingByKey = new Map<string, Waiting>();
  readonly #open = new Map<number, Open>();
  #lastNumber = 0;

  constructor(context: ConnectionsContext) {
    this.#context = context;
  }

  list(): readonly ConnectionInfo[] {
    return [...this.#open.values()].map(({ info }) => info);
  }

  /** Cut the links of a connection, or one of them, as a broken network does. */
  drop(connection: number, side: 'client' | 'device' | 'both'): boolean {
    const open = this.#open.get(connection);
    if (open === undefined) return false;
    // Whoever is left hears what it would hear when the network broke.
    if (side === 'both') this.#close(open, 'service', 'ours');
    else this.#onEnded(open, side, 'closed');
    if (side !== 'device') open.client.terminate();
    if (side !== 'client') open.device.terminate();
    return true;
  }

  /** The sockets of a connection that is open: its client's and its device's. */
  sockets(connection: number): readonly Duplex[] {
    const open = this.#open.get(connection);
    return open === undefined ? [] : [open.client.socket, open.device.socket];
  }

  /** Cut all links without a word to anybody, as when the service dies. */
  cutAll(): void {
    for (const waiting of [...this.#waiting.values()]) waiting.client.terminate();
    for (const connection of [...this.#open.keys()]) this.drop(connection, 'both');
  }

  /** Let go of everything; the links are closed by whoever stops the service. */
  stop(): void {
    for (const waiting of this.#waiting.values()) this.#giveUp(waiting, 'stopping', '');
    for (const open of this.#open.values()) this.#close(open, 'service', 'ours');
  }

  /** A client opened a connect link. */
  connect(client: Link, request: ConnectRequest, conclude: Conclude): void {
    const refuse = (reason: ByeName, detail: string) => {
      conclude(`bye(${reason})`, detail);
      client.bye(reason, detail);
      this.#context.events.emit('connectRefused', { deviceId: request.peerId, reason, detail });
    };
    const caller = this.#judge(request, refuse);
    if (caller === undefined) return;
    const device = this.#context.devices.online(request.peerId);
    if (device === undefined) {
      refuse('offline', `the device ${JSON.stringify(request.peerId)} is not online`);
    } else if (this.#waiting.size + this.#open.size >= this.#context.settings.maxConnections) {
      refuse('full', `the service has ${this.#context.settings.maxConnections} connections already`);
    } else {
      this.#wait(client, device, { caller, clientTakesBytes: request.maxMessageBytes, conclude });
    }
  }

  /** Check the proof of an accept link, before it is upgraded. A proof is used up by this. Throws an HttpRefusal. */
  prove({ deviceId, key, mac, maxMessageBytes }: AcceptRequest): Join {
    const waiting = this.#waitingByKey.get(keyText(key));
    // An unknown key costs as much as a wrong proof.
    const expected = acceptMac(waiting?.device.acceptKey ?? key, key);
    if (!sameMac(expected, mac) || waiting === undefined || waiting.device.deviceId !== deviceId) {
      throw new HttpRefusal(403, 'the accept proves nothing: wrong, used before, or too late');
    }
    this.#waitingByKey.delete(keyText(key));
    return (device, conclude) => this.#join(waiting, { device, takesBytes: maxMessageBytes, conclude });
  }

  /** The device has no room. */
  busy(device: OnlineDevice, connection: number): void {
    const waiting = this.#waiting.get(connection);
    if (waiting?.device === device) this.#giveUp(waiting, 'full', 'the device has no room for another connection');
  }

  /** The start link is gone: nobody will accept what was announced over it. */
  deviceOffline(device: OnlineDevice): void {
    for (const waiting of this.#waiting.values()) {
      if (waiting.device === device) this.#giveUp(waiting, 'offline', 'the device went offline');
    }
  }

  #judge(
    { peerId, credential }: ConnectRequest,
    refuse: (reason: ByeName, detail: string) => void,
  ): Caller | undefined {
    if (credential.kind === 'ticket') {
      const ticket = this.#context.tickets.find(credential.ticket);
      if (ticket?.deviceId === peerId) {
        const { issuer, subject, secondsLeft } = ticket;
        return { credential: 'ticket', issuer, subject, ticket: credential.ticket, ticketSecondsLeft: secondsLeft };
      }
      refuse('ticket', ticket === undefined ? 'the ticket is unknown, expired or revoked' : 'it is for another device');
      return undefined;
    }
    try {
      const { claims } = this.#verify(credential.token, peerId);
      return { credential: 'token', issuer: claims.iss, subject: claims.sub };
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      refuse(error.reason, error.detail);
      return undefined;
    }
  }

  #verify(token: string, target: string): VerifiedToken {
    const { apps, devices, nonces, clock, faults } = this.#context;
    const now = Math.floor(clock.wallMs() / 1000);
    const remembers = nonces !== undefined && !faults.allowsReplay(target);
    return verifyConnectToken(token, { apps, devices: devices.secrets, target, now, ...(remembers && { nonces }) });
  }

  #wait(client: Link, device: OnlineDevice, asked: Pick<Waiting, 'caller' | 'clientTakesBytes' | 'conclude'>): void {
    const { clock, settings, random } = this.#context;
    const connection = this.#nextNumber();
    const { credential, issuer, subject } = asked.caller;
    const waiting: Waiting = {
      info: { connection, deviceId: device.deviceId, issuer, subject, credential },
      ...asked,
      device,
      client,
      key: random(ACCEPT_KEY_BYTES),
      timer: clock.startTimer(settings.acceptTimeoutMs, () => {
        this.#giveUp(waiting, 'timeout', `the device did not accept within ${settings.acceptTimeoutMs} ms`);
      }),
    };
    this.#waiting.set(connection, waiting);
    this.#waitingByKey.set(keyText(waiting.key), waiting);
    client.handle({
      message: () => client.fail('nothing may be sent before the connection is ready'),
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
    waiting.conclude('closed', detail);
    this.#context.events.emit('connectRefused', { deviceId: waiting.info.deviceId, reason: 'closed', detail });
  }

  #giveUp(waiting: Waiting, reason: ByeName, detail: string): void {
    waiting.conclude(`bye(${reason})`, detail);
    waiting.client.bye(reason, detail);
    this.#context.events.emit('connectRefused', { deviceId: waiting.info.deviceId, reason, detail });
  }

  #forget(waiting: Waiting): void {
    waiting.timer.cancel();
    this.#waiting.delete(waiting.info.connection);
    this.#waitingByKey.delete(keyText(waiting.key));
  }

  #join(waiting: Waiting, { device, takesBytes, conclude }: Accepted): void {
    const { info, client, caller, clientTakesBytes } = waiting;
    if (!this.#waiting.has(info.connection)) {
      conclude('bye(peer_closed)', 'the client was gone already');
      device.bye('peer_closed', 'the client was gone already');
      return;
    }
    this.#forget(waiting);
    const open: Open = { info, client, device };
    this.#open.set(info.connection, open);
    relay(client, device, this.#context.relayed.client, (end) => this.#onEnded(open, 'client', end));
    relay(device, client, this.#context.relayed.device, (end) => this.#onEnded(open, 'device', end));
    const { settings, tickets } = this.#context;
    const { keepAliveMs, silenceMs, maxMessageBytes } = settings;
    const limitsWhen = (otherTakesBytes: number) => ({
      keepAliveMs,
      silenceMs,
      maxMessageBytes: Math.min(maxMessageBytes, otherTakesBytes),
    });
    device.send(encodeControl({ type: 'ready', ...limitsWhen(clientTakesBytes), ticketLifetimeSeconds: 0 }));
    client.send(
      encodeControl({
        type: 'ready',
        ...limitsWhen(takesBytes),
        ticketLifetimeSeconds: caller.ticketSecondsLeft ?? settings.ticketLifetimeSeconds,
        ticket: caller.ticket ?? tickets.issue(info),
      }),
    );
    for (const settle of [waiting.conclude, conclude]) settle('ready');
    this.#context.events.emit('connectionOpened', info);
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
    this.#context.events.emit('connectionClosed', { ...open.info, by, why });
    return true;
  }
}

function keyText(key: Uint8Array): string {
  return Buffer.from(key).toString('base64');
}
