import type { MaybePromise } from '../../base/index.js';
import type { UsedNonces } from '../../token/index.js';

/** The facts that a ticket proves. */
export interface IssuedTicket {
  readonly deviceId: string;
  /** The access id of the token that it was issued for. */
  readonly issuer: string;
  readonly subject: string;
}

/** A ticket as it is stored, under the SHA-256 of the ticket. */
export interface StoredTicket extends IssuedTicket {
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
}

/** The tickets of a device, of an app, or all. */
export type TicketOwner = { readonly deviceId?: string; readonly issuer?: string };

/** Whose secret it is. */
export type SecretKind = 'device' | 'app';

/**
 * What a service remembers: used nonces, tickets, and the devices and apps that were registered while it ran. Each method may
 * return its result or a promise of it. A method that throws or rejects has changed nothing; the service refuses the link that
 * needed it, and emits the error. All dates are of the service's clock; a date of expiry counts as reached when it is not after
 * the largest date so far.
 */
export interface ServiceStore extends UsedNonces {
  /** Keep a ticket. The service sends the ticket without waiting for a promise. */
  addTicket(hash: string, ticket: StoredTicket, nowMs: number): MaybePromise<void>;
  /** Returns a ticket that has not expired. */
  findTicket(hash: string, nowMs: number): MaybePromise<StoredTicket | undefined>;
  removeTickets(of: TicketOwner): MaybePromise<void>;
  /** Register an id with its secret key; null if an id of the configuration was removed. */
  setSecret(kind: SecretKind, id: string, secret: string | null): MaybePromise<void>;
  /** Forget what setSecret() registered. */
  removeSecret(kind: SecretKind, id: string): MaybePromise<void>;
  /** Returns what setSecret() registered; undefined if nothing was. */
  findSecret(kind: SecretKind, id: string): MaybePromise<string | null | undefined>;
  /** Release everything. Called by the one who opened the store; nothing is called after it. */
  close(): MaybePromise<void>;
}

/** Most tickets in a store: when there are more, the one that expires first is removed early, and its client needs a token. */
export const MAX_TICKETS = 100_000;

export const STORE_METHODS = [
  'use',
  'addTicket',
  'findTicket',
  'removeTickets',
  'setSecret',
  'removeSecret',
  'findSecret',
  'close',
] as const satisfies readonly (keyof ServiceStore)[];
