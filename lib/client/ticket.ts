import type { Clock } from '../types/index.js';

const MAX_TICKETS = 16;

/** What a service gives a client to come back without a token. */
export interface Ticket {
  /** Unpadded base64url. A secret: whoever has it may connect. */
  readonly value: string;
  /** How long it is good, from when it was given. */
  readonly lifetimeSeconds: number;
}

interface Kept {
  readonly value: string;
  readonly expiresAtMs: number;
}

/** The tickets of a client: one a remote id, 16 in all (the oldest goes), each until its lifetime. */
export class TicketCache {
  readonly #clock: Clock;
  readonly #kept = new Map<string, Kept>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  keep(remoteId: string, ticket: Ticket): void {
    this.#kept.delete(remoteId);
    this.#kept.set(remoteId, {
      value: ticket.value,
      expiresAtMs: this.#clock.nowMs() + ticket.lifetimeSeconds * 1000,
    });
    const oldest = this.#kept.keys().next();
    if (this.#kept.size > MAX_TICKETS && oldest.done !== true) this.#kept.delete(oldest.value);
  }

  find(remoteId: string): string | undefined {
    const kept = this.#kept.get(remoteId);
    if (kept === undefined || this.#clock.nowMs() < kept.expiresAtMs) return kept?.value;
    this.#kept.delete(remoteId);
    return undefined;
  }

  drop(remoteId: string): void {
    this.#kept.delete(remoteId);
  }
}
