import { createHash } from 'node:crypto';
import type { Clock } from '../types/index.js';
import { TICKET_BYTES } from '../wire/index.js';
import type { RandomBytes } from './options.js';

/** What a ticket stands for. */
export interface IssuedTicket {
  readonly deviceId: string;
  /** The access id of the token it came from. */
  readonly issuer: string;
  readonly subject: string;
}

interface StoredTicket extends IssuedTicket {
  readonly expiresAtMs: number;
}

const MAX_TICKETS = 100_000;

/**
 * Tickets let a client come back without a token. Only their hashes are kept. All live equally long, so the oldest is the
 * first to expire; when there are too many it goes early, and its client needs a fresh token.
 */
export class TicketStore {
  readonly #clock: Clock;
  readonly #random: RandomBytes;
  readonly #lifetimeMs: number;
  readonly #tickets = new Map<string, StoredTicket>();

  constructor(clock: Clock, random: RandomBytes, lifetimeSeconds: number) {
    this.#clock = clock;
    this.#random = random;
    this.#lifetimeMs = lifetimeSeconds * 1000;
  }

  get size(): number {
    return this.#tickets.size;
  }

  issue({ deviceId, issuer, subject }: IssuedTicket): Uint8Array {
    this.#forgetOldest();
    const secret = this.#random(TICKET_BYTES);
    const expiresAtMs = this.#clock.nowMs() + this.#lifetimeMs;
    this.#tickets.set(hashOf(secret), { deviceId, issuer, subject, expiresAtMs });
    return secret;
  }

  /** What the ticket stands for and how long it is still good, or undefined when it is not. */
  find(secret: Uint8Array): (IssuedTicket & { readonly secondsLeft: number }) | undefined {
    const ticket = this.#tickets.get(hashOf(secret));
    const leftMs = ticket === undefined ? 0 : ticket.expiresAtMs - this.#clock.nowMs();
    return ticket !== undefined && leftMs > 0 ? { ...ticket, secondsLeft: Math.floor(leftMs / 1000) } : undefined;
  }

  /** Forget the tickets of a device or of an app that is gone or has another secret now. */
  revoke(of: { readonly deviceId: string } | { readonly issuer: string }): void {
    for (const [hash, ticket] of this.#tickets) {
      if ('deviceId' in of ? ticket.deviceId === of.deviceId : ticket.issuer === of.issuer) this.#tickets.delete(hash);
    }
  }

  clear(): void {
    this.#tickets.clear();
  }

  #forgetOldest(): void {
    for (const [hash, { expiresAtMs }] of this.#tickets) {
      if (expiresAtMs > this.#clock.nowMs() && this.#tickets.size < MAX_TICKETS) return;
      this.#tickets.delete(hash);
    }
  }
}

function hashOf(secret: Uint8Array): string {
  return createHash('sha256').update(secret).digest('base64');
}
