import type { MaybePromise } from '../../base/index.js';
import { inspectForError, invalidParameter } from '../../errors/index.js';
import { MemoryStore } from './memory.js';
import { type ServiceStore, STORE_METHODS } from './store.js';

/** The store of a service, and how to close it: a store that the program opened stays open. */
export interface OpenedStore {
  readonly store: ServiceStore;
  close(): MaybePromise<void>;
}

const nothingToClose = (): void => {};

/** Returns the store that the option `store` names. */
export function openedStore(option: ServiceStore | undefined): OpenedStore {
  if (option === undefined) return { store: new MemoryStore(), close: nothingToClose };
  return { store: checkStore(option), close: nothingToClose };
}

function checkStore(store: ServiceStore): ServiceStore {
  const advice = 'use an object with the methods of ServiceStore';
  if (typeof store !== 'object' || store === null) {
    throw invalidParameter(`the option store is ${inspectForError(store)}`, advice);
  }
  const missing = STORE_METHODS.find((name) => typeof store[name] !== 'function');
  if (missing !== undefined) throw invalidParameter(`the option store has no method ${missing}()`, advice);
  return store;
}
