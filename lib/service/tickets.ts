import { createHash } from 'node:crypto';
import type { Clock } from '../types/index.js';
import { TICKET_BYTES } from '../wire/index.js';
import type { RandomBytes } from './options.js';

/** The facts that a ticket proves. */
export interface IssuedTicket {
  readonly deviceId: string;
  /** The access id of the token that it was issued for. */
  readonly issuer: string;
  readonly subject: string;
}

interface StoredTicket extends IssuedTicket {
  readonly expiresAtMs: number;
}

const MAX_TICKETS = 100_000;

/** The tickets that let a client connect again without a token. Only their hashes are kept. All have the same lifetime, so the
 *  oldest expires first; when there are too many, it is removed early, and its client needs a fresh token. */
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
    this.#removeOldest();
    const secret = this.#random(TICKET_BYTES);
    const expiresAtMs = this.#clock.nowMs() + this.#lifetimeMs;
    this.#tickets.set(hashOf(secret), { deviceId, issuer, subject, expiresAtMs });
    return secret;
  }

  /** Returns the facts of a ticket and its remaining lifetime, or undefined if it is not valid. */
  find(secret: Uint8Array): (IssuedTicket & { readonly secondsLeft: number }) | undefined {
    const ticket = this.#tickets.get(hashOf(secret));
    const remainingMs = ticket === undefined ? 0 : ticket.expiresAtMs - this.#clock.nowMs();
    return ticket !== undefined && remainingMs > 0
      ? { ...ticket, secondsLeft: Math.floor(remainingMs / 1000) }
      : undefined;
  }

  /** Remove the tickets of a device or an app, because it was removed or has a new secret. */
  revoke(of: { readonly deviceId: string } | { readonly issuer: string }): void {
    for (const [hash, ticket] of this.#tickets) {
      if ('deviceId' in of ? ticket.deviceId === of.deviceId : ticket.issuer === of.issuer) this.#tickets.delete(hash);
    }
  }

  clear(): void {
    this.#tickets.clear();
  }

  #removeOldest(): void {
    for (const [hash, { expiresAtMs }] of this.#tickets) {
      if (expiresAtMs > this.#clock.nowMs() && this.#tickets.size < MAX_TICKETS) return;
      this.#tickets.delete(hash);
    }
  }
}

function hashOf(secret: Uint8Array): string {
  return createHash('sha256').update(secret).digest('base64');
}
