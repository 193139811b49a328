import { checkWait } from '../base/index.js';
import { ErrorCode, refuseUnknownKeys, TiRtcError } from '../errors/index.js';
import type { Clock } from '../types/index.js';
import { bareRemoteId } from '../wire/index.js';
import type { ClientConnection, Ticket } from './client_connection.js';
import { type ClientContext, type ClientObserver, establish } from './handshake.js';
import type { OpenLinkSocket } from './link_socket.js';
import {
  type CheckedClient,
  CLIENT_KEYS,
  type ClientConnectTarget,
  type ClientOptions,
  type ConnectOptions,
  checkClient,
  checkTarget,
  TARGET_KEYS,
} from './options.js';

const MAX_TICKETS = 16;

/** The differences between Node and a browser. */
export interface Platform {
  readonly chooseSockets: (client: CheckedClient) => OpenLinkSocket;
  readonly observe: (client: CheckedClient) => ClientObserver;
}

function contextOf(client: CheckedClient, platform: Platform): ClientContext {
  return { ...client, openSocket: platform.chooseSockets(client), observer: platform.observe(client) };
}

/** Connects without a client that keeps the ticket. */
export async function connectOnce(options: ConnectOptions, platform: Platform): Promise<ClientConnection> {
  checkWait('connect()', options, [...TARGET_KEYS, ...CLIENT_KEYS]);
  const client = checkClient(options);
  return await establish(contextOf(client, platform), checkTarget(options));
}

/** Connects to devices and keeps their tickets: after a connect with a token, it can connect again without one. */
export class BaseClient {
  readonly #client: ClientContext;
  readonly #tickets: TicketCache;

  constructor(options: ClientOptions, platform: Platform) {
    refuseUnknownKeys('new Client()', options, ['connectTimeoutMs', ...CLIENT_KEYS]);
    this.#client = contextOf(checkClient(options), platform);
    this.#tickets = new TicketCache(this.#client.clock);
  }

  /** Connect with a token, a ticket, or the ticket kept for this remote id. If a kept ticket is refused, it is dropped and
   *  the promise rejects with number CACHE_EXPIRED. */
  async connect(target: ClientConnectTarget): Promise<ClientConnection> {
    checkWait('connect()', target, TARGET_KEYS);
    const remoteId = typeof target.remoteId === 'string' ? bareRemoteId(target.remoteId) : '';
    const isCredentialGiven = target.token !== undefined || target.ticket !== undefined;
    const kept = isCredentialGiven ? undefined : this.#tickets.find(remoteId);
    const checked = checkTarget(kept === undefined ? target : { ...target, ticket: kept });
    try {
      const connection = await establish(this.#client, checked);
      if (connection.ticket !== undefined) this.#tickets.keep(remoteId, connection.ticket);
      return connection;
    } catch (error) {
      if (error instanceof TiRtcError && error.number === ErrorCode.CACHE_EXPIRED) this.#tickets.drop(remoteId);
      throw error;
    }
  }
}

interface Kept {
  readonly value: string;
  readonly expiresAtMs: number;
}

/** The tickets of a client: one for each remote id, at most MAX_TICKETS (the oldest is dropped), until they expire. */
export class TicketCache {
  readonly #clock: Clock;
  readonly #kept = new Map<string, Kept>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  keep(remoteId: string, ticket: Ticket): void {
    this.#kept.delete(remoteId);
    this.#kept.set(remoteId, {
      value: ticket.value,
      expiresAtMs: this.#clock.nowMs() + ticket.lifetimeSeconds * 1000,
    });
    const oldest = this.#kept.keys().next();
    if (this.#kept.size > MAX_TICKETS && oldest.done !== true) this.#kept.delete(oldest.value);
  }

  find(remoteId: string): string | undefined {
    const kept = this.#kept.get(remoteId);
    if (kept === undefined || this.#clock.nowMs() < kept.expiresAtMs) return kept?.value;
    this.#kept.delete(remoteId);
    return undefined;
  }

  drop(remoteId: string): void {
    this.#kept.delete(remoteId);
  }
}
