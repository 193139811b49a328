import { KEEP_EXPIRED_SECONDS, type NonceUse, SECONDS_BETWEEN_SWEEPS } from '../../token/index.js';
import { databaseError, openStoreFile } from './sqlite_file.js';
import type { SqliteDatabase, SqliteStatement } from './sqlite_library.js';
import { MAX_TICKETS, type SecretKind, type ServiceStore, type StoredTicket, type TicketOwner } from './store.js';

const MAX_NONCES = 1_000_000;

const SQL = {
  // A second token with the nonce of an expired one replaces it if it expires later, as in NonceStore.
  use: `INSERT INTO nonces VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET expires_at = excluded.expires_at
    WHERE nonces.expires_at <= ? AND nonces.expires_at < excluded.expires_at`,
  countNonces: 'SELECT count(*) AS value FROM nonces',
  forgotten: 'SELECT max(expires_at) AS value FROM forgotten',
  forget: `INSERT INTO forgotten SELECT max(expires_at) FROM nonces WHERE expires_at <= ? HAVING count(*) > 0`,
  forgetLess: 'DELETE FROM forgotten WHERE expires_at < (SELECT max(expires_at) FROM forgotten)',
  deleteNonces: 'DELETE FROM nonces WHERE expires_at <= ?',
  addTicket: 'INSERT OR REPLACE INTO tickets VALUES (?, ?, ?, ?, ?, ?)',
  findTicket: `SELECT device_id AS deviceId, issuer, subject, expires_at_ms AS expiresAtMs FROM tickets
    WHERE hash = ? AND expires_at_ms > ?`,
  countTickets: 'SELECT count(*) AS value FROM tickets',
  lastTicket: 'SELECT max(issued_at_ms) AS value FROM tickets',
  deleteTickets: 'DELETE FROM tickets WHERE expires_at_ms <= ?',
  deleteOldestTickets: `DELETE FROM tickets WHERE hash IN (SELECT hash FROM tickets ORDER BY expires_at_ms LIMIT ?)`,
  removeTickets: 'DELETE FROM tickets WHERE device_id = ifnull(?, device_id) AND issuer = ifnull(?, issuer)',
  setSecret: 'INSERT OR REPLACE INTO secrets VALUES (?, ?, ?)',
  removeSecret: 'DELETE FROM secrets WHERE kind = ? AND id = ?',
  findSecret: 'SELECT secret FROM secrets WHERE kind = ? AND id = ?',
} as const;

/** When there are too many tickets, this many are removed at once. */
const TICKETS_PER_SWEEP = 1000;

/** A store in an SQLite file, used by one service at a time. Each call is committed when it returns. */
export class SqliteStore implements ServiceStore {
  readonly #file: string;
  readonly #database: SqliteDatabase;
  readonly #statements = new Map<string, SqliteStatement>();
  #nonces: number;
  #tickets: number;
  #forgotten: number;
  #latest = Number.NEGATIVE_INFINITY;
  #nextSweep = Number.NEGATIVE_INFINITY;
  #nextSweepForRoom = Number.NEGATIVE_INFINITY;
  /** What is added to the dates of tickets, because the clock is behind the date of the last ticket. */
  #aheadMs: number | undefined;
  #isOpen = true;

  /** Opens the file, and makes it if it does not exist. Throws a TiRtcError that says why it cannot be used. */
  constructor(file: string, open?: (path: string) => SqliteDatabase) {
    this.#file = file;
    this.#database = openStoreFile(file, open);
    this.#nonces = this.#number(SQL.countNonces);
    this.#tickets = this.#number(SQL.countTickets);
    this.#forgotten = this.#number(SQL.forgotten);
  }

  use(issuer: string, nonce: string, expiresAt: number, now: number): NonceUse {
    if (now > this.#latest) this.#latest = now;
    if (this.#latest >= this.#nextSweep) {
      this.#forget(this.#latest - KEEP_EXPIRED_SECONDS);
      this.#nextSweep = this.#latest + SECONDS_BETWEEN_SWEEPS;
    }
    if (expiresAt <= this.#forgotten) return 'used';
    if (this.#nonces >= MAX_NONCES && !this.#makeRoom()) return 'full';
    if (this.#run(SQL.use, issuer, nonce, expiresAt, now) === 0) return 'used';
    this.#nonces += 1;
    return 'fresh';
  }

  addTicket(hash: string, { deviceId, issuer, subject, expiresAtMs }: StoredTicket, nowMs: number): void {
    const aheadMs = this.#ahead(nowMs);
    if (this.#tickets >= MAX_TICKETS) this.#removeOldTickets(nowMs + aheadMs);
    this.#run(SQL.addTicket, hash, deviceId, issuer, subject, nowMs + aheadMs, expiresAtMs + aheadMs);
    this.#tickets += 1;
  }

  findTicket(hash: string, nowMs: number): StoredTicket | undefined {
    const aheadMs = this.#ahead(nowMs);
    const found = this.#get(SQL.findTicket, hash, nowMs + aheadMs) as StoredTicket | undefined;
    return found && { ...found, expiresAtMs: found.expiresAtMs - aheadMs };
  }

  removeTickets({ deviceId = null, issuer = null }: { readonly [Name in keyof TicketOwner]: string | null }): void {
    this.#tickets -= this.#run(SQL.removeTickets, deviceId, issuer);
  }

  setSecret(kind: SecretKind, id: string, secret: string | null): void {
    this.#run(SQL.setSecret, kind, id, secret);
  }

  removeSecret(kind: SecretKind, id: string): void {
    this.#run(SQL.removeSecret, kind, id);
  }

  findSecret(kind: SecretKind, id: string): string | null | undefined {
    return (this.#get(SQL.findSecret, kind, id) as { readonly secret: string | null } | undefined)?.secret;
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#database.close();
  }

  /** Room is looked for at most once a minute, because that costs a pass over the nonces. */
  #makeRoom(): boolean {
    if (this.#latest >= this.#nextSweepForRoom) {
      this.#forget(this.#latest);
      this.#nextSweepForRoom = this.#latest + SECONDS_BETWEEN_SWEEPS;
    }
    return this.#nonces < MAX_NONCES;
  }

  /** Forget the nonces that have expired at this date, and remember the largest date of expiry among them. */
  #forget(date: number): void {
    this.#atOnce(() => {
      this.#run(SQL.forget, date);
      this.#run(SQL.forgetLess);
      this.#run(SQL.deleteNonces, date);
    });
    this.#nonces = this.#number(SQL.countNonces);
    this.#forgotten = this.#number(SQL.forgotten);
  }

  #removeOldTickets(dateMs: number): void {
    this.#run(SQL.deleteTickets, dateMs);
    this.#tickets = this.#number(SQL.countTickets);
    if (this.#tickets >= MAX_TICKETS) this.#tickets -= this.#run(SQL.deleteOldestTickets, TICKETS_PER_SWEEP);
  }

  /** The dates of the service only grow while it runs; a clock that was set back while it did not run must not make expired
   *  tickets valid again. */
  #ahead(nowMs: number): number {
    this.#aheadMs ??= Math.max(0, this.#number(SQL.lastTicket) - nowMs);
    return this.#aheadMs;
  }

  #atOnce(call: () => void): void {
    this.#exec('BEGIN IMMEDIATE');
    try {
      call();
      this.#exec('COMMIT');
    } catch (error) {
      try {
        this.#exec('ROLLBACK');
      } catch {
        // SQLite has rolled back by itself.
      }
      throw error;
    }
  }

  #number(sql: string): number {
    const { value } = this.#get(sql) as { readonly value: number | null };
    return value ?? Number.NEGATIVE_INFINITY;
  }

  #exec(sql: string): void {
    this.#try(() => this.#database.exec(sql));
  }

  #get(sql: string, ...values: readonly (string | number | null)[]): unknown {
    return this.#try(() => this.#statement(sql).get(...values));
  }

  /** Returns how many rows changed. */
  #run(sql: string, ...values: readonly (string | number | null)[]): number {
    return this.#try(() => Number(this.#statement(sql).run(...values).changes));
  }

  #statement(sql: string): SqliteStatement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #try<Result>(call: () => Result): Result {
    try {
      return call();
    } catch (error) {
      throw databaseError(this.#file, error);
    }
  }
}
