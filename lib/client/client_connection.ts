import { PeerConnection, type PeerConnectionOptions } from '../connection/index.js';
import type { Connection } from '../types/index.js';

/** A credential with which a client connects again without a token. */
export interface Ticket {
  /** Unpadded base64url. Keep it secret: anyone who has it may connect. */
  readonly value: string;
  /** The lifetime in seconds, from when the connection opened. */
  readonly lifetimeSeconds: number;
}

/** A connection that a client opened. */
export interface ClientConnection extends Connection {
  /** With this ticket the client can connect again without a token. Undefined if the service issued none. */
  readonly ticket: Ticket | undefined;
}

/** The connection with the methods that its transport calls. */
export class WebSocketConnection extends PeerConnection implements ClientConnection {
  readonly #ticket: Ticket | undefined;

  constructor(options: PeerConnectionOptions, ticket: Ticket | undefined) {
    super(options);
    this.#ticket = ticket;
  }

  /** With this ticket the client can connect again without a token. Undefined if the service issued none. A getter, so that
   *  printing a connection does not show it. */
  get ticket(): Ticket | undefined {
    return this.#ticket;
  }
}
