import type { ByeName } from '../errors/index.js';
import { type NonceStore, TokenError, useNonce, type VerifiedToken, verifyConnectToken } from '../token/index.js';
import type { Devices } from './devices.js';
import type { ActiveFaults } from './faults/active_faults.js';
import type { ServiceSettings } from './options.js';
import type { TicketStore } from './tickets.js';
import type { ConnectRequest } from './upgrade_request.js';

export interface CallersContext {
  readonly settings: ServiceSettings;
  readonly devices: Devices;
  readonly apps: ReadonlyMap<string, string>;
  readonly tickets: TicketStore;
  /** Absent when tokens may be used again. */
  readonly nonces: NonceStore | undefined;
  readonly faults: ActiveFaults;
}

/** The client, as its credential identifies it. */
export interface Caller {
  readonly credential: 'token' | 'ticket';
  readonly issuer: string;
  readonly subject: string;
  /** The ticket that the client presented. */
  readonly ticket?: Uint8Array;
  readonly ticketSecondsLeft?: number;
}

/** Why a credential was not accepted. */
export interface CallerRefusal {
  readonly reason: ByeName;
  readonly detail: string;
}

/** A test often connects again with the token that it has. */
const REUSE_HINT =
  '; issue a new one, or let the service accept it again (tirtc serve --reusable-tokens, option tokenUse)';

/** Identifies clients by their tokens and tickets. */
export class Callers {
  readonly #context: CallersContext;

  constructor(context: CallersContext) {
    this.#context = context;
  }

  /** Use up the credential of a connect, and return who has it. */
  identify({ peerId, credential }: ConnectRequest): Caller | CallerRefusal {
    if (credential.kind === 'ticket') return this.#identifyByTicket(credential.ticket, peerId);
    try {
      const { claims } = this.#verify(credential.token, peerId);
      return { credential: 'token', issuer: claims.iss, subject: claims.sub };
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      const { reason, detail } = error;
      return { reason, detail: reason === 'token_used' ? `${detail}${REUSE_HINT}` : detail };
    }
  }

  #identifyByTicket(presented: Uint8Array, peerId: string): Caller | CallerRefusal {
    const ticket = this.#context.tickets.find(presented);
    if (ticket === undefined) return { reason: 'ticket', detail: 'the ticket is unknown, expired or revoked' };
    const { deviceId, issuer, subject, secondsLeft } = ticket;
    if (deviceId !== peerId) return { reason: 'ticket', detail: 'the ticket is for another device' };
    return { credential: 'ticket', issuer, subject, ticket: presented, ticketSecondsLeft: secondsLeft };
  }

  #verify(token: string, target: string): VerifiedToken {
    const { apps, devices, nonces, settings, faults } = this.#context;
    const now = Math.floor(settings.clock.wallMs() / 1000);
    const remembers = nonces !== undefined && !faults.allowsReplay(target);
    const verified = verifyConnectToken(token, { apps, devices: devices.secrets, target, now });
    const refusal = remembers ? useNonce(verified, { nonces, now }) : undefined;
    if (refusal instanceof TokenError) throw refusal;
    return verified;
  }
}
