import type { MaybePromise } from '../../base/index.js';
import { inspectForError, invalidParameter } from '../../errors/index.js';
import { MemoryStore } from './memory.js';
import { SqliteStore } from './sqlite.js';
import { type ServiceStore, STORE_METHODS } from './store.js';

/** The store of a service, and how to close it: a store that the program opened stays open. */
export interface OpenedStore {
  readonly store: ServiceStore;
  close(): MaybePromise<void>;
}

const nothingToClose = (): void => {};

/** Returns the store that the option `store` names. */
export function openedStore(option: string | ServiceStore | undefined): OpenedStore {
  if (option === undefined) return { store: new MemoryStore(), close: nothingToClose };
  if (typeof option !== 'string') return { store: checkStore(option), close: nothingToClose };
  const store = new SqliteStore(checkedFile(option));
  return { store, close: () => store.close() };
}

/** The address of a server is reserved for stores in the network. It may contain a password, so only its scheme is shown. */
function checkedFile(file: string): string {
  const [, scheme] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(file) ?? [];
  if (scheme !== undefined) {
    throw invalidParameter(`this version has no stores at ${scheme}:// addresses`, 'give the name of a file');
  }
  if (file !== '' && !file.startsWith(':')) return file;
  throw invalidParameter(
    `the option store is ${inspectForError(file)}`,
    'give the name of a file, or leave it out for a store in memory',
  );
}

function checkStore(store: ServiceStore): ServiceStore {
  const advice = 'use the name of a file, or an object with the methods of ServiceStore';
  if (typeof store !== 'object' || store === null) {
    throw invalidParameter(`the option store is ${inspectForError(store)}`, advice);
  }
  const missing = STORE_METHODS.find((name) => typeof store[name] !== 'function');
  if (missing !== undefined) throw invalidParameter(`the option store has no method ${missing}()`, advice);
  return store;
}
