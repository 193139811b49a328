import { PeerConnection, type PeerConnectionOptions } from '../connection/index.js';
import type { Connection } from '../types/index.js';

/** What a service gives a client to come back without a token. */
export interface Ticket {
  /** Unpadded base64url. A secret: whoever has it may connect. */
  readonly value: string;
  /** How long it is good, from when it was given. */
  readonly lifetimeSeconds: number;
}

/** A connection that a client opened. */
export interface ClientConnection extends Connection {
  /** With it the client may come back without a token. Absent when the service gives none. */
  readonly ticket: Ticket | undefined;
}

/** The same, with what its transport is to call. */
export class WebSocketConnection extends PeerConnection implements ClientConnection {
  readonly #ticket: Ticket | undefined;

  constructor(options: PeerConnectionOptions, ticket: Ticket | undefined) {
    super(options);
    this.#ticket = ticket;
  }

  /** With it the client may come back without a token. Absent when the service gives none. A getter, so that whoever prints
   *  a connection does not print it. */
  get ticket(): Ticket | undefined {
    return this.#ticket;
  }
}
