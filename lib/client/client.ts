import { deviceIdOf } from '../connection/index.js';
import { ErrorCode, TiRtcError } from '../errors/index.js';
import type { ClientConnection } from './client_connection.js';
import { establish } from './handshake.js';
import type { OpenLinkSocket } from './link_socket.js';
import {
  type CheckedClient,
  type ClientConnectTarget,
  type ClientOptions,
  checkClient,
  checkClientKeys,
  checkTarget,
  checkTargetKeys,
} from './options.js';
import type { ClientObserver, Platform } from './platform.js';
import { TicketCache } from './ticket.js';

/** Connects to devices and remembers their tickets: whom it reached with a token it reaches again without one. */
export class BaseClient {
  readonly #client: CheckedClient;
  readonly #openSocket: OpenLinkSocket;
  readonly #observer: ClientObserver;
  readonly #tickets: TicketCache;

  constructor(options: ClientOptions, platform: Platform) {
    checkClientKeys(options);
    this.#client = checkClient(options);
    this.#openSocket = platform.chooseSockets(this.#client);
    this.#observer = platform.observe(this.#client);
    this.#tickets = new TicketCache(this.#client.clock);
  }

  /** Connect with a token, a ticket, or the ticket kept for this remote id. A kept ticket that is refused is forgotten and
   *  the promise rejects with number CACHE_EXPIRED. */
  async connect(target: ClientConnectTarget): Promise<ClientConnection> {
    checkTargetKeys(target);
    const remoteId = typeof target.remoteId === 'string' ? deviceIdOf(target.remoteId) : '';
    const isCredentialGiven = target.token !== undefined || target.ticket !== undefined;
    const kept = isCredentialGiven ? undefined : this.#tickets.find(remoteId);
    const checked = checkTarget(kept === undefined ? target : { ...target, ticket: kept });
    try {
      const connection = await establish(this.#client, checked, this.#openSocket, this.#observer);
      if (connection.ticket !== undefined) this.#tickets.keep(remoteId, connection.ticket);
      return connection;
    } catch (error) {
      if (error instanceof TiRtcError && error.number === ErrorCode.CACHE_EXPIRED) this.#tickets.drop(remoteId);
      throw error;
    }
  }
}
