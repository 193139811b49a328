import type { ByeName } from '../errors/index.js';
import type { FaultEvent } from './faults/fault.js';
import type { LinkEnd } from './link.js';
import type { RequestRefusal } from './refusal_log.js';

/** The events of a service. They never contain secrets or credentials. */
export interface ServiceEvents {
  /** A device proved itself. `reconnect`: the same start was online before. */
  readonly deviceOnline: (event: {
    readonly deviceId: string;
    readonly appId: string;
    readonly clientId: string;
    readonly reconnect: boolean;
  }) => void;
  /** The start link of a device ended; its connections may stay open. */
  readonly deviceOffline: (event: { readonly deviceId: string; readonly why: LinkEnd | 'replaced' }) => void;
  /** A start failed. */
  readonly startRefused: (event: { readonly deviceId: string; readonly reason: ByeName | 'closed' }) => void;
  /** A client was refused, or closed before its device accepted. */
  readonly connectRefused: (event: {
    readonly deviceId: string;
    readonly reason: ByeName | 'closed';
    readonly detail: string;
  }) => void;
  /** A request was answered with 403, 404 or 426; for each client and reason only the first time. requestLog() has all. */
  readonly requestRefused: (event: RequestRefusal) => void;
  /** Client and device are connected. */
  readonly connectionOpened: (event: ConnectionInfo) => void;
  /** A connection ended; `by` is the side that ended it. */
  readonly connectionClosed: (
    event: ConnectionInfo & { readonly by: 'client' | 'device' | 'service'; readonly why: LinkEnd },
  ) => void;
  /** A fault began, had an effect, was lifted, or failed. */
  readonly fault: (event: FaultEvent) => void;
  /** A listener threw or its promise rejected, the handler of a route did or returned something else than an answer, or a
   *  look-up of `devices` or `apps` or the store failed. Without a listener for `error`, the error is logged, or written to the
   *  console if there is no logger. */
  readonly error: (error: unknown) => void;
}

/** The address of a service. */
export interface Listening {
  /** The endpoint for devices and clients on this machine: `http://127.0.0.1:8080`, or `https://…` with the option tls. */
  readonly endpoint: string;
  /** The TCP port; a free one was chosen if the option was 0. */
  readonly port: number;
}

/** The facts of a connection. */
export interface ConnectionInfo {
  /** Counts up from 1; for `dropConnection()` and faults. */
  readonly connection: number;
  /** The device that was called. */
  readonly deviceId: string;
  /** What follows the id in the client's remote id, `?a=b` of `whip://id?a=b`; absent if nothing does. */
  readonly suffix?: string;
  /** The access id of the token. */
  readonly issuer: string;
  /** The subject of the token: who called. */
  readonly subject: string;
  /** The kind of credential that the client presented. */
  readonly credential: 'token' | 'ticket';
}

/** Emits an event of the service. */
export type EmitServiceEvent = <Name extends keyof ServiceEvents>(
  name: Name,
  ...values: Parameters<ServiceEvents[Name]>
) => void;
