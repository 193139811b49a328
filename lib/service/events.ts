import type { ByeName } from '../errors/index.js';
import type { FaultEvent } from './faults/fault.js';
import type { LinkEnd } from './link.js';

/** What a service tells about. Secrets and credentials are in none of it. */
export interface ServiceEvents {
  /** A device has proven itself. `reconnect`: the same start was online before. */
  readonly deviceOnline: (event: {
    readonly deviceId: string;
    readonly appId: string;
    readonly clientId: string;
    readonly reconnect: boolean;
  }) => void;
  /** Its start link is gone; its connections may live on. */
  readonly deviceOffline: (event: { readonly deviceId: string; readonly why: LinkEnd | 'replaced' }) => void;
  /** A start that did not come to be. */
  readonly startRefused: (event: { readonly deviceId: string; readonly reason: ByeName | 'closed' }) => void;
  /** A client got no connection. */
  readonly connectRefused: (event: {
    readonly deviceId: string;
    readonly reason: ByeName | 'closed';
    readonly detail: string;
  }) => void;
  /** Client and device are connected. */
  readonly connectionOpened: (event: ConnectionInfo) => void;
  /** The connection is over; `by` is the side that ended it. */
  readonly connectionClosed: (
    event: ConnectionInfo & { readonly by: 'client' | 'device' | 'service'; readonly why: LinkEnd },
  ) => void;
  /** A fault began, did something, or was lifted. */
  readonly fault: (event: FaultEvent) => void;
  /** What a listener threw, or its promise rejected with. Without a listener to this event it goes to the logger, or to the
   *  console. */
  readonly error: (error: unknown) => void;
}

/** Where a service listens. */
export interface Listening {
  /** What devices and clients are given: `http://127.0.0.1:8080`, or with the option tls `https://…`. */
  readonly endpoint: string;
  /** The TCP port, which was chosen when the option was 0. */
  readonly port: number;
}

/** A connection as the service knows it. */
export interface ConnectionInfo {
  /** Counts up from 1; for `dropConnection()` and faults. */
  readonly connection: number;
  /** The device that was called. */
  readonly deviceId: string;
  /** The access id of the token. */
  readonly issuer: string;
  /** Who called, from the token. */
  readonly subject: string;
  /** By what right. */
  readonly credential: 'token' | 'ticket';
}

/** Emits an event of the service. */
export type EmitServiceEvent = <Name extends keyof ServiceEvents>(
  name: Name,
  ...values: Parameters<ServiceEvents[Name]>
) => void;
