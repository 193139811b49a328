import { createRequire } from 'node:module';
import { ErrorCode, inspectForError, TiRtcError } from '../../errors/index.js';

/** What is used of `DatabaseSync` of node:sqlite and of better-sqlite3, which have it in common. */
export interface SqliteDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): SqliteStatement;
  close(): unknown;
}

export interface SqliteStatement {
  get(...values: readonly (string | number | null)[]): unknown;
  run(...values: readonly (string | number | null)[]): { readonly changes: number | bigint };
}

type OpenDatabase = (path: string) => SqliteDatabase;
type DatabaseClass = new (path: string) => SqliteDatabase;

/** The command that installs the library that Node versions without node:sqlite need. */
const INSTALL = 'npm install better-sqlite3@12';

/** Returns the function that opens a database. Nothing is loaded before the first call. */
export function loadSqlite(): OpenDatabase {
  const builtin = builtinSqlite();
  if (builtin !== undefined) return (path) => new builtin(path);
  const Database = betterSqlite();
  return (path) => new Database(path);
}

/** Node has it from 22.5 on, without an option from 22.13 on. Node 22 warns that it is experimental when it is loaded: that one
 *  warning is not for the user of this library. */
function builtinSqlite(): DatabaseClass | undefined {
  const { emitWarning } = process;
  process.emitWarning = (warning: string | Error, ...rest: readonly never[]): void => {
    const text = warning instanceof Error ? warning.message : warning;
    if (!/^SQLite is an experimental feature/.test(text)) Reflect.apply(emitWarning, process, [warning, ...rest]);
  };
  try {
    const getBuiltin = (process as { readonly getBuiltinModule?: (id: string) => unknown }).getBuiltinModule;
    const found = getBuiltin?.('node:sqlite') as { readonly DatabaseSync: DatabaseClass } | undefined;
    return found?.DatabaseSync;
  } finally {
    process.emitWarning = emitWarning;
  }
}

function betterSqlite(): DatabaseClass {
  try {
    return createRequire(import.meta.url)('better-sqlite3') as DatabaseClass;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const isMissing = code === 'MODULE_NOT_FOUND' && message.includes("'better-sqlite3'");
    throw new TiRtcError({
      what: isMissing
        ? `a store in a file needs a database, which Node ${process.versions.node} does not have`
        : `better-sqlite3 cannot be loaded in Node ${process.versions.node} (${firstLine(message)})`,
      number: ErrorCode.INVALID_PARAMETER,
      code: 'STORE_DATABASE_MISSING',
      advice: isMissing
        ? `install one with \`${INSTALL}\`, or use Node 22.13 or later`
        : `install it again with \`${INSTALL}\`, or use Node 22.13 or later`,
      cause,
    });
  }
}

/** The result codes that a store explains, https://sqlite.org/rescode.html. */
export type SqliteFault = 'busy' | 'full' | 'not a database' | 'corrupt' | 'readonly' | 'cannot open' | 'other';

const FAULTS: Readonly<Record<number, SqliteFault>> = {
  5: 'busy',
  6: 'busy',
  8: 'readonly',
  11: 'corrupt',
  13: 'full',
  14: 'cannot open',
  26: 'not a database',
};

const NAMES: readonly (readonly [prefix: string, fault: SqliteFault])[] = [
  ['SQLITE_BUSY', 'busy'],
  ['SQLITE_LOCKED', 'busy'],
  ['SQLITE_READONLY', 'readonly'],
  ['SQLITE_CORRUPT', 'corrupt'],
  ['SQLITE_FULL', 'full'],
  ['SQLITE_CANTOPEN', 'cannot open'],
  ['SQLITE_NOTADB', 'not a database'],
];

/** Returns what went wrong: node:sqlite has a number, better-sqlite3 a name. */
export function sqliteFault(error: unknown): SqliteFault {
  const { code, errcode } = error as { readonly code?: unknown; readonly errcode?: unknown };
  if (typeof errcode === 'number') return FAULTS[errcode & 0xff] ?? 'other';
  return NAMES.find(([prefix]) => typeof code === 'string' && code.startsWith(prefix))?.[1] ?? 'other';
}

/** Returns the message of a database in one line. */
export function sqliteMessage(error: unknown): string {
  return error instanceof Error ? firstLine(error.message) : inspectForError(error);
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
