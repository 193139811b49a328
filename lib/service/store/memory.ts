import { NonceStore, type NonceStoreOptions, type NonceUse } from '../../token/index.js';
import { MAX_TICKETS, type SecretKind, type ServiceStore, type StoredTicket, type TicketOwner } from './store.js';

/** A store in memory: the default of a service. Given to two services, one after the other, it stands for a restart. */
export class MemoryStore implements ServiceStore {
  readonly #nonces: NonceStore;
  /** In the order of their dates of expiry, because all have the same lifetime. */
  readonly #tickets = new Map<string, StoredTicket>();
  readonly #secrets: Readonly<Record<SecretKind, Map<string, string | null>>> = { device: new Map(), app: new Map() };
  #latestMs = Number.NEGATIVE_INFINITY;

  constructor(options: NonceStoreOptions = {}) {
    this.#nonces = new NonceStore(options);
  }

  /** Number of tickets, including expired ones that are not removed yet. */
  get tickets(): number {
    return this.#tickets.size;
  }

  use(issuer: string, nonce: string, expiresAt: number, now: number): NonceUse {
    return this.#nonces.use(issuer, nonce, expiresAt, now);
  }

  addTicket(hash: string, ticket: StoredTicket, nowMs: number): void {
    this.#see(nowMs);
    for (const [oldest, { expiresAtMs }] of this.#tickets) {
      if (expiresAtMs > this.#latestMs && this.#tickets.size < MAX_TICKETS) break;
      this.#tickets.delete(oldest);
    }
    this.#tickets.set(hash, ticket);
  }

  findTicket(hash: string, nowMs: number): StoredTicket | undefined {
    this.#see(nowMs);
    const ticket = this.#tickets.get(hash);
    return ticket !== undefined && ticket.expiresAtMs > this.#latestMs ? ticket : undefined;
  }

  removeTickets({ deviceId, issuer }: TicketOwner): void {
    for (const [hash, ticket] of this.#tickets) {
      const isOwned = (deviceId ?? ticket.deviceId) === ticket.deviceId && (issuer ?? ticket.issuer) === ticket.issuer;
      if (isOwned) this.#tickets.delete(hash);
    }
  }

  setSecret(kind: SecretKind, id: string, secret: string | null): void {
    this.#secrets[kind].set(id, secret);
  }

  removeSecret(kind: SecretKind, id: string): void {
    this.#secrets[kind].delete(id);
  }

  findSecret(kind: SecretKind, id: string): string | null | undefined {
    return this.#secrets[kind].get(id);
  }

  /** Does nothing: there is nothing to release, and the next service continues with what it holds. */
  close(): void {}

  #see(nowMs: number): void {
    if (nowMs > this.#latestMs) this.#latestMs = nowMs;
  }
}
