import { invalidParameter } from '../errors/index.js';
import { isThenable } from './maybe_promise.js';

type Listener = (...values: never[]) => unknown;

/** Typed events whose listeners cannot affect each other: if one throws, or its promise rejects, that is reported as one
 *  `error` event and the others are still called. An `error` without a listener is written to the console, so that it is
 *  neither lost nor fatal. */
export class SafeEmitter<Events extends { readonly [Name in keyof Events]: Listener }> {
  readonly #listeners = new Map<keyof Events | 'error', readonly Listener[]>();
  /** Made once, because guard() runs for each frame. */
  readonly #report = (error: unknown): void => this.reportError(error);

  /** Call `listener` with each event of this name. What it throws, or its promise rejects with, is emitted as `error`. */
  on<Name extends keyof Events>(name: Name, listener: Events[Name]): this {
    checkListener('on', name, listener);
    this.#listeners.set(name, [...this.#of(name), listener]);
    return this;
  }

  /** Call `listener` with the next event of this name only. */
  once<Name extends keyof Events>(name: Name, listener: Events[Name]): this {
    checkListener('once', name, listener);
    const call = ((...values: Parameters<Events[Name]>): unknown => {
      this.off(name, call);
      return listener(...values);
    }) as Events[Name];
    ORIGINALS.set(call, listener);
    return this.on(name, call);
  }

  /** Remove a listener that on() or once() added. */
  off<Name extends keyof Events>(name: Name, listener: Events[Name]): this {
    const listeners = this.#of(name);
    const at = listeners.findLastIndex((one) => one === listener || ORIGINALS.get(one) === listener);
    if (at >= 0) this.#listeners.set(name, listeners.toSpliced(at, 1));
    return this;
  }

  /** The same as off(). `once()` and `on()` of `node:events` call it by this name when they are aborted. */
  removeListener<Name extends keyof Events>(name: Name, listener: Events[Name]): this {
    return this.off(name, listener);
  }

  protected emit<Name extends keyof Events>(name: Name, ...values: Parameters<Events[Name]>): void {
    for (const listener of this.#of(name)) this.guard(() => (listener as Events[Name])(...values));
  }

  /** Run a callback of the program; what it throws or rejects with is reported as an `error` event. */
  protected guard(call: () => unknown): void {
    runCallback(call, this.#report);
  }

  protected reportError(error: unknown): void {
    const isLogged = this.logError(error);
    const listeners = this.#of('error') as readonly ((error: unknown) => unknown)[];
    if (listeners.length === 0 && !isLogged) logToConsole(error);
    for (const listener of listeners) runCallback(() => listener(error), logToConsole);
  }

  /** Called before the listeners of `error`. Returns true if the error was logged, so that it need not go to the console. */
  protected logError(_error: unknown): boolean {
    return false;
  }

  #of(name: keyof Events | 'error'): readonly Listener[] {
    return this.#listeners.get(name) ?? [];
  }
}

function checkListener(call: string, name: PropertyKey, listener: unknown): void {
  if (typeof listener === 'function') return;
  throw invalidParameter(`${call}('${String(name)}'): listener must be a function`, 'give a listener');
}

/** The listeners that once() wrapped, for off(). */
const ORIGINALS = new WeakMap<Listener, Listener>();

function logToConsole(error: unknown): void {
  // biome-ignore lint/suspicious/noConsole: the last resort for an error without a listener
  console.error('tirtc-emulator: a handler failed and there is no listener for "error":', error);
}

/** Runs a callback of the program. Never throws: what the callback throws, or its promise rejects with, goes to `failed`. */
export function runCallback(callback: () => unknown, failed: (error: unknown) => void): void {
  try {
    const result = callback();
    if (isThenable(result)) result.then(undefined, failed);
  } catch (error) {
    failed(error);
  }
}
