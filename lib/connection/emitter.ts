import { invalidParameter } from '../errors/index.js';
import { runGuarded } from './guarded.js';

type Listener = (...values: never[]) => unknown;

/** Typed events whose listeners cannot hurt each other: one that throws, or whose promise rejects, is reported as one `error`
 *  event and the others are still called. An `error` nobody listens to goes to the console: never lost, never fatal. */
export class SafeEmitter<Events extends { readonly [Name in keyof Events]: Listener }> {
  readonly #listeners = new Map<keyof Events | 'error', readonly Listener[]>();
  /** One for good: guard() runs for each frame. */
  readonly #report = (error: unknown): void => this.reportError(error);

  /** Call `listener` whenever it happens. What it throws, or its promise rejects with, comes as the event `error`. */
  on<Name extends keyof Events>(name: Name, listener: Events[Name]): this {
    checkListener('on', name, listener);
    this.#listeners.set(name, [...this.#of(name), listener]);
    return this;
  }

  /** The same for the next time only. */
  once<Name extends keyof Events>(name: Name, listener: Events[Name]): this {
    checkListener('once', name, listener);
    const call = ((...values: Parameters<Events[Name]>): unknown => {
      this.off(name, call);
      return listener(...values);
    }) as Events[Name];
    ORIGINALS.set(call, listener);
    return this.on(name, call);
  }

  /** Take a listener away that on() or once() was given. */
  off<Name extends keyof Events>(name: Name, listener: Events[Name]): this {
    const listeners = this.#of(name);
    const at = listeners.findLastIndex((one) => one === listener || ORIGINALS.get(one) === listener);
    if (at >= 0) this.#listeners.set(name, listeners.toSpliced(at, 1));
    return this;
  }

  /** The same as off(), by the name under which `once()` and `on()` of `node:events` look for it when they are given up. */
  removeListener<Name extends keyof Events>(name: Name, listener: Events[Name]): this {
    return this.off(name, listener);
  }

  protected emit<Name extends keyof Events>(name: Name, ...values: Parameters<Events[Name]>): void {
    for (const listener of this.#of(name)) this.guard(() => (listener as Events[Name])(...values));
  }

  /** Run code of the program's. */
  protected guard(call: () => unknown): void {
    runGuarded(call, this.#report);
  }

  protected reportError(error: unknown): void {
    const heard = this.heardError(error);
    const listeners = this.#of('error') as readonly ((error: unknown) => unknown)[];
    if (listeners.length === 0 && !heard) logToConsole(error);
    for (const listener of listeners) runGuarded(() => listener(error), logToConsole);
  }

  /** Before the listeners of `error`. True when somebody else was told, and so the console need not be. */
  protected heardError(_error: unknown): boolean {
    return false;
  }

  #of(name: keyof Events | 'error'): readonly Listener[] {
    return this.#listeners.get(name) ?? [];
  }
}

function checkListener(call: string, name: PropertyKey, listener: unknown): void {
  if (typeof listener === 'function') return;
  throw invalidParameter(`${call}('${String(name)}') was given no function`, 'give a listener');
}

/** What once() wrapped, so that off() finds it. */
const ORIGINALS = new WeakMap<Listener, Listener>();

function logToConsole(error: unknown): void {
  // biome-ignore lint/suspicious/noConsole: the last resort for an error that nobody listens for
  console.error('tirtc-emulator: a handler failed and nobody listens to "error":', error);
}
