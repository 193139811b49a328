import { closeSync, fstatSync, openSync } from 'node:fs';
import { resolve } from 'node:path';
import { ErrorCode, TiRtcError } from '../../errors/index.js';
import { loadSqlite, type SqliteDatabase, sqliteFault, sqliteMessage } from './sqlite_library.js';

/** `TiRS` in the header of the file: tells a store from the database of another program. */
const APPLICATION_ID = 0x5469_5253;
/** Version of the tables below. A file with a larger one is refused, and one with a smaller one is brought up to date. */
const FORMAT = 1;

const TABLES = `
  CREATE TABLE nonces (issuer TEXT NOT NULL, nonce TEXT NOT NULL, expires_at INTEGER NOT NULL,
    PRIMARY KEY (issuer, nonce)) WITHOUT ROWID;
  CREATE INDEX nonces_by_expiry ON nonces (expires_at);
  CREATE TABLE forgotten (expires_at INTEGER NOT NULL);
  CREATE TABLE tickets (hash TEXT PRIMARY KEY, device_id TEXT NOT NULL, issuer TEXT NOT NULL, subject TEXT NOT NULL,
    issued_at_ms INTEGER NOT NULL, expires_at_ms INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX tickets_by_expiry ON tickets (expires_at_ms);
  CREATE INDEX tickets_by_device ON tickets (device_id);
  CREATE INDEX tickets_by_issuer ON tickets (issuer);
  CREATE TABLE secrets (kind TEXT NOT NULL, id TEXT NOT NULL, secret TEXT, PRIMARY KEY (kind, id)) WITHOUT ROWID;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${FORMAT};`;

/** Opens the database file of a store, and makes it if it does not exist. Throws a TiRtcError that names the file; nothing in
 *  it has changed then. */
export function openStoreFile(file: string, open = loadSqlite()): SqliteDatabase {
  const path = resolve(file);
  checkMode(file, path);
  let database: SqliteDatabase | undefined;
  try {
    database = open(path);
    prepareDatabase(file, database);
    return database;
  } catch (error) {
    try {
      database?.close();
    } catch {
      // The first error is the one to report.
    }
    throw error instanceof TiRtcError ? error : databaseError(file, error);
  }
}

/** A store holds secret keys, so no one else may read it. SQLite gives its other files the mode of this one. */
function checkMode(file: string, path: string): void {
  try {
    const descriptor = openSync(path, 'a+', 0o600);
    try {
      const stat = fstatSync(descriptor);
      if (!stat.isFile()) throw storeError(file, 'is not a file', 'give the name of a file', 'STORE_FORM');
      const mode = stat.mode & 0o777;
      if (process.platform === 'win32' || (mode & 0o077) === 0) return;
      const shown = mode.toString(8);
      throw storeError(file, `can be read by other users (mode ${shown})`, `run: chmod 600 ${file}`, 'STORE_MODE');
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (error instanceof TiRtcError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const advice = 'give a file in a folder that exists and that you may write to';
    throw storeError(file, `cannot be opened (${code})`, advice, 'STORE_FILE', error);
  }
}

function prepareDatabase(file: string, database: SqliteDatabase): void {
  // Held until close(), so that a second service cannot use the same file. Released by the system when the process is killed.
  database.exec('PRAGMA locking_mode = EXCLUSIVE');
  database.exec('BEGIN IMMEDIATE');
  const number = (query: string) => Object.values(database.prepare(query).get() as object)[0] as number;
  const application = number('PRAGMA application_id');
  const isEmpty = application === 0 && number('SELECT count(*) FROM sqlite_master') === 0;
  if (!isEmpty && application !== APPLICATION_ID) {
    throw storeError(file, 'is the database of another program', 'give another file', 'STORE_FORM');
  }
  const format = number('PRAGMA user_version');
  if (format > FORMAT) {
    const what = `has format ${format}, and this version of tirtc-emulator reads formats up to ${FORMAT}`;
    throw storeError(file, what, 'update tirtc-emulator, or give another file', 'STORE_VERSION');
  }
  if (isEmpty) database.exec(TABLES);
  database.exec('COMMIT');
  // A commit writes to the log without waiting for the disk: it survives a killed process, not a lost machine.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
}

const EXPLANATIONS: Readonly<
  Record<ReturnType<typeof sqliteFault>, readonly [what: string, advice: string, code: string]>
> = {
  busy: ['is in use by another service', 'stop it, or give each service a file of its own', 'STORE_LOCKED'],
  full: ['cannot grow: the disk is full', 'make room on the disk; what was stored is not lost', 'STORE_FULL'],
  'not a database': ['is not a store', 'give another file', 'STORE_FORM'],
  corrupt: ['is damaged', 'restore it from a backup, or give another file', 'STORE_FORM'],
  readonly: ['cannot be written', 'make the file and its folder writable', 'STORE_FILE'],
  'cannot open': ['cannot be opened', 'make the file and its folder writable', 'STORE_FILE'],
  other: ['failed', 'see the message of the database', 'STORE_FAILED'],
};

/** Returns the error for a call of the database that failed. */
export function databaseError(file: string, error: unknown): TiRtcError {
  const [what, advice, code] = EXPLANATIONS[sqliteFault(error)];
  return storeError(file, `${what} (${sqliteMessage(error)})`, advice, code, error);
}

function storeError(file: string, what: string, advice: string, code: string, cause?: unknown): TiRtcError {
  const number = code === 'STORE_FULL' ? ErrorCode.LACK_OF_RESOURCE : ErrorCode.INVALID_PARAMETER;
  const retryable = code === 'STORE_LOCKED' || code === 'STORE_FULL';
  return new TiRtcError({ what: `the store ${JSON.stringify(file)} ${what}`, number, code, advice, retryable, cause });
}
