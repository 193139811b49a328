import { type Channel, channel } from 'node:diagnostics_channel';
import { runCallback } from '../base/index.js';
import { invalidParameter, redactTokens } from '../errors/index.js';
import type { Logger } from '../types/index.js';
import { isNamed, writeDebugLine } from './debug.js';
import type { Counters } from './exposition.js';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof LEVELS)[number];

/** Checks the option `logger`. Throws INVALID_PARAMETER when a method is missing. */
export function checkLogger(what: string, logger: Logger | undefined): Logger | undefined {
  if (logger === undefined) return undefined;
  const isObject = (typeof logger === 'object' && logger !== null) || typeof logger === 'function';
  const missing = LEVELS.filter((level) => !isObject || typeof logger[level] !== 'function');
  if (missing.length === 0) return logger;
  throw invalidParameter(`${what}: the logger has no ${missing.join(', ')}`, 'give a logger like pino, or console');
}

/** The source of events. They are published on `tirtc:SCOPE:EVENT`, and printed when DEBUG names `tirtc:SCOPE`. */
export type Scope = 'device' | 'connection' | 'service';

export interface ReporterOptions {
  readonly scope: Scope;
  /** What all its events have in common. */
  readonly facts: object;
  readonly logger: Logger | undefined;
  readonly counters: Counters;
}

const channels = new Map<string, Channel>();

/** Reports events to counters, diagnostics channels, the program's logger, and DEBUG. Callers never pass secrets. */
export class Reporter {
  readonly #options: ReporterOptions;
  readonly #logger: Logger | undefined;
  /** The facts that the logger does not add by itself. */
  readonly #unbound: object;
  readonly #isDebugged: boolean;

  constructor(options: ReporterOptions) {
    const { DEBUG } = process.env;
    this.#options = { ...options, facts: withoutTokens(options.facts) };
    const bound = childOf(options.logger, this.#options.facts);
    this.#logger = bound ?? options.logger;
    this.#unbound = bound === undefined ? this.#options.facts : {};
    this.#isDebugged = isNamed(`tirtc:${options.scope}`, DEBUG);
  }

  /** Whether the program has set a logger. */
  get hasLogger(): boolean {
    return this.#logger !== undefined;
  }

  /** `subject` is the object that the event is about; only subscribers of the channel receive it. */
  report(level: Level, event: string, text: string, facts: object = {}, subject: object = {}): void {
    const { scope, counters } = this.#options;
    counters.add(event);
    const to = channelOf(`tirtc:${scope}:${event}`);
    if (!to.hasSubscribers && this.#logger === undefined && !this.#isDebugged) return;
    const clean = withoutTokens(facts);
    const line = redactTokens(text);
    if (to.hasSubscribers) to.publish({ ...this.#options.facts, ...clean, ...subject });
    if (this.#logger !== undefined) this.#log(this.#logger, level, line, { event, ...clean });
    if (this.#isDebugged) writeDebugLine(`tirtc:${scope}`, line, { ...this.#options.facts, ...clean });
  }

  /** A logger that fails must not break the object that it logs. */
  #log(logger: Logger, level: Level, text: string, facts: object): void {
    runCallback(() => logger[level]({ ...this.#unbound, ...facts }, text), warn);
  }
}

/** Returns a logger that adds the facts to each line, or undefined when `logger` cannot make one. */
function childOf(logger: Logger | undefined, facts: object): Logger | undefined {
  try {
    return checkLogger('child()', logger?.child?.(facts));
  } catch (error) {
    warn(error);
    return undefined;
  }
}

function warn(error: unknown): void {
  process.emitWarning(`tirtc-emulator: the logger failed: ${String(error)}`);
}

/** An id may be a token that was passed in the wrong place. */
function withoutTokens(facts: object): object {
  const entries = Object.entries(facts) as [string, unknown][];
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'string' ? redactTokens(value) : value]),
  );
}

function channelOf(name: string): Channel {
  const known = channels.get(name) ?? channel(name);
  channels.set(name, known);
  return known;
}
