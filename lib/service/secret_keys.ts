import { chain, isPending, type MaybePromise } from '../base/index.js';
import { ErrorCode, inspectForError, TiRtcError } from '../errors/index.js';
import type { Lookups } from './lookups.js';
import type { SecretKind, ServiceStore } from './store/store.js';

/** Ids and their secret keys: an object, or a function that looks one up and returns undefined for an unknown id. */
export type SecretSource = Readonly<Record<string, string>> | ((id: string) => MaybePromise<string | null | undefined>);

/** A secret key, undefined if the id is not known, or the error of the look-up. */
export type FoundSecret = string | undefined | TiRtcError;

export interface SecretFinding {
  readonly kind: SecretKind;
  readonly source: SecretSource;
  readonly store: ServiceStore;
  readonly lookups: Lookups;
  /** Throws for an id or a secret key that cannot be used. */
  readonly check: (id: string, secret: string) => void;
}

/** The secret keys of the devices, or of the apps: those of the configuration, and those that were registered or removed
 *  while the service ran, which take precedence. */
export class SecretKeys {
  readonly #context: SecretFinding;
  readonly #configured: ReadonlyMap<string, string>;

  constructor(context: SecretFinding) {
    this.#context = context;
    this.#configured = new Map(typeof context.source === 'function' ? [] : Object.entries(context.source));
  }

  /** Finds a secret key. Never throws or rejects. `isWanted` says whether the link that needs it is still there. */
  find(id: string, isWanted: () => boolean): MaybePromise<FoundSecret> {
    const { kind, store } = this.#context;
    try {
      const found = chain(store.findSecret(kind, id), (registered) => this.#orConfigured(id, registered, isWanted));
      return isPending(found) ? found.then(undefined, (error: unknown) => this.#storeFailed(id, error)) : found;
    } catch (error) {
      return this.#storeFailed(id, error);
    }
  }

  /** Register an id, or change its secret key. Before anything changes, `endTickets` is called: if it fails, or the process is
   *  killed, no ticket outlives its secret key. */
  set(id: string, secret: string, endTickets: () => MaybePromise<void>): MaybePromise<void> {
    const { kind, store } = this.#context;
    const configured = this.#configured.get(id);
    return chain(store.findSecret(kind, id), (registered) => {
      if (secret === (registered === undefined ? configured : registered)) return;
      // What the configuration says is not copied into the store.
      return chain(endTickets(), () =>
        secret === configured ? store.removeSecret(kind, id) : store.setSecret(kind, id, secret),
      );
    });
  }

  /** Remove an id. The result is whether it was known. A look-up function is asked again for an id that was removed. */
  remove(id: string): MaybePromise<boolean> {
    const { kind, store } = this.#context;
    const isConfigured = this.#configured.has(id);
    return chain(store.findSecret(kind, id), (registered) => {
      if (registered === null || (registered === undefined && !isConfigured)) return false;
      const changed = isConfigured ? store.setSecret(kind, id, null) : store.removeSecret(kind, id);
      return chain(changed, () => true);
    });
  }

  #orConfigured(id: string, registered: string | null | undefined, isWanted: () => boolean): MaybePromise<FoundSecret> {
    if (registered !== undefined) return registered ?? undefined;
    const { source, lookups } = this.#context;
    if (typeof source !== 'function') return this.#configured.get(id);
    return lookups
      .run(() => source(id), isWanted)
      .then(
        (secret) => this.#checked(id, secret),
        (error: unknown) => this.#failed(id, error),
      );
  }

  /** The function of the program may return anything. A secret key is not part of the error. */
  #checked(id: string, secret: unknown): FoundSecret {
    if (secret === undefined || secret === null) return undefined;
    if (typeof secret !== 'string') return this.#failed(id, new Error(`it returned ${inspectForError(secret)}`));
    try {
      this.#context.check(id, secret);
      return secret;
    } catch (error) {
      return this.#failed(id, error);
    }
  }

  #failed(id: string, cause: unknown): TiRtcError {
    const why = cause instanceof Error ? cause.message : inspectForError(cause);
    return new TiRtcError({
      what: `the look-up of the ${this.#context.kind} ${JSON.stringify(id)} failed: ${why}`,
      number: ErrorCode.INTERNAL_ERROR,
      code: 'LOOKUP_FAILED',
      advice: `check the function in the option ${this.#context.kind}s`,
      cause,
    });
  }

  #storeFailed(id: string, cause: unknown): TiRtcError {
    return storeFailed(`the ${this.#context.kind} ${JSON.stringify(id)} cannot be looked up`, cause);
  }
}

/** Returns the error of a service whose store failed. */
export function storeFailed(what: string, cause: unknown): TiRtcError {
  if (cause instanceof TiRtcError) return cause;
  const why = cause instanceof Error ? cause.message : inspectForError(cause);
  const advice = 'see why the store failed';
  return new TiRtcError({
    what: `${what}: the store failed (${why})`,
    number: ErrorCode.INTERNAL_ERROR,
    code: 'STORE_FAILED',
    advice,
    cause,
  });
}
