import { createHash } from 'node:crypto';
import { chain, isPending, type MaybePromise } from '../base/index.js';
import type { WallClock } from '../types/index.js';
import { TICKET_BYTES } from '../wire/index.js';
import type { RandomBytes } from './options.js';
import type { IssuedTicket, ServiceStore, TicketOwner } from './store/store.js';

export interface TicketsContext {
  readonly clock: WallClock;
  readonly random: RandomBytes;
  readonly lifetimeSeconds: number;
  readonly store: ServiceStore;
  /** Receives the error of a store that cannot keep a ticket. */
  readonly report: (error: unknown) => void;
}

/** A ticket that is valid. */
export type ValidTicket = IssuedTicket & { readonly secondsLeft: number };

/** The tickets that let a client connect again without a token. The store has only their hashes. */
export class Tickets {
  readonly #context: TicketsContext;
  /** The date of the monotonic time 0: within a run, tickets expire by elapsed time, not by a date that may jump. */
  readonly #epochMs: number;

  constructor(context: TicketsContext) {
    this.#context = context;
    this.#epochMs = context.clock.wallMs() - context.clock.nowMs();
  }

  /** Returns a new ticket. If the store cannot keep it, its client will need a token: that does not end a connection. */
  issue({ deviceId, issuer, subject }: IssuedTicket): Uint8Array {
    const { random, lifetimeSeconds, store, report } = this.#context;
    const secret = random(TICKET_BYTES);
    const nowMs = this.#nowMs();
    const ticket = { deviceId, issuer, subject, expiresAtMs: nowMs + lifetimeSeconds * 1000 };
    try {
      const kept = store.addTicket(hashOf(secret), ticket, nowMs);
      if (isPending(kept)) kept.then(undefined, report);
    } catch (error) {
      report(error);
    }
    return secret;
  }

  /** Returns the facts of a ticket and its remaining lifetime, or undefined if it is not valid. */
  find(secret: Uint8Array): MaybePromise<ValidTicket | undefined> {
    const nowMs = this.#nowMs();
    return chain(this.#context.store.findTicket(hashOf(secret), nowMs), (ticket) => {
      if (ticket === undefined) return undefined;
      const { deviceId, issuer, subject, expiresAtMs } = ticket;
      return { deviceId, issuer, subject, secondsLeft: Math.floor((expiresAtMs - nowMs) / 1000) };
    });
  }

  /** Remove the tickets of a device or an app, because it was removed or has a new secret; without an owner, all. */
  revoke(owner: TicketOwner): MaybePromise<void> {
    return this.#context.store.removeTickets(owner);
  }

  #nowMs(): number {
    return Math.floor(this.#epochMs + this.#context.clock.nowMs());
  }
}

function hashOf(secret: Uint8Array): string {
  return createHash('sha256').update(secret).digest('base64');
}
