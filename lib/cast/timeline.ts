import { redactTokens } from '../errors/index.js';
import type { Clock } from '../types/index.js';
import type { Where } from './specs.js';
import type { ActorKind } from './vocabulary.js';

export type Details = Readonly<Record<string, string | number | boolean | undefined>>;

/** An event of an actor, or a step. */
export interface TimelineEntry {
  /** Ms since the run began. */
  readonly atMs: number;
  readonly actor: string;
  readonly kind: ActorKind | 'step';
  readonly event: string;
  readonly details: Details;
}

const MAX_ENTRIES = 20_000;
/** Most events of one name of one actor that wait for an expectation. */
const MAX_UNSEEN = 10_000;

/** Receives each new entry of a timeline. */
export type TimelineListener = (entry: TimelineEntry) => void;

/** All events of all actors in order, without secrets. */
export class Timeline {
  readonly #clock: Clock;
  readonly #startMs: number;
  readonly #entries: TimelineEntry[] = [];
  readonly #unseen = new Map<string, TimelineEntry[]>();
  readonly #listeners = new Set<TimelineListener>();
  readonly #secrets = new Set<string>();
  #dropped = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startMs = clock.nowMs();
  }

  get entries(): readonly TimelineEntry[] {
    return this.#entries;
  }

  /** The number of entries that were dropped to limit the memory. */
  get dropped(): number {
    return this.#dropped;
  }

  get nowMs(): number {
    return this.#clock.nowMs() - this.#startMs;
  }

  /** Replace this secret in every later entry. Tokens are recognised by their form. */
  hide(secret: string): void {
    this.#secrets.add(secret);
  }

  redact(text: string): string {
    let shown = text;
    for (const secret of this.#secrets) if (shown.includes(secret)) shown = shown.replaceAll(secret, '…');
    return redactTokens(shown);
  }

  /** Returns a function that adds entries of one actor. */
  adder(actor: string, kind: TimelineEntry['kind']): (event: string, details?: Details) => void {
    return (event, details) => this.add(actor, kind, event, details);
  }

  add(actor: string, kind: TimelineEntry['kind'], event: string, details: Details = {}): void {
    const shown = Object.entries(details).flatMap(([name, value]) => {
      if (value === undefined) return [];
      return [[name, typeof value === 'string' ? this.redact(value) : value] as const];
    });
    const entry = { atMs: this.nowMs, actor, kind, event, details: Object.fromEntries(shown) };
    this.#entries.push(entry);
    if (this.#entries.length > MAX_ENTRIES) {
      this.#entries.shift();
      this.#dropped += 1;
    }
    if (kind !== 'step') {
      const key = `${actor} ${event}`;
      const unseen = this.#unseen.get(key) ?? [];
      this.#unseen.set(key, unseen);
      unseen.push(entry);
      if (unseen.length > MAX_UNSEEN) unseen.shift();
    }
    for (const listener of [...this.#listeners]) listener(entry);
  }

  /** Call back with each new entry. Returns a function that ends this. */
  watch(listener: TimelineListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Take the first event that matches and was not taken before. It discards earlier events of the same name. */
  take(actors: readonly string[], event: string, where: Where | undefined): TimelineEntry | undefined {
    for (const actor of actors) {
      const unseen = this.#unseen.get(`${actor} ${event}`) ?? [];
      const at = unseen.findIndex((entry) => fits(entry, where));
      if (at >= 0) return unseen.splice(0, at + 1).at(-1);
    }
    return undefined;
  }

  /** Returns the events of this name that were not taken. */
  unseen(actors: readonly string[], event: string): readonly TimelineEntry[] {
    return actors.flatMap((actor) => this.#unseen.get(`${actor} ${event}`) ?? []);
  }
}

export function fits({ details }: TimelineEntry, where: Where = {}): boolean {
  return Object.entries(where).every(([name, wanted]) => {
    const value = details[name];
    const [, pattern] = typeof wanted === 'string' ? (/^\/(.*)\/$/s.exec(wanted) ?? []) : [];
    return pattern === undefined ? value === wanted : new RegExp(pattern, 'u').test(String(value ?? ''));
  });
}

/** Returns the details in a line, with a space before. */
export function detailsText({ details }: TimelineEntry): string {
  const parts = Object.entries(details).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return parts.length === 0 ? '' : ` (${parts.join(' ')})`;
}

/** Returns the timeline as text, a line for each entry. */
export function timelineText(run: {
  readonly timeline: readonly TimelineEntry[];
  readonly droppedEntries: number;
}): string {
  const { timeline, droppedEntries } = run;
  const width = Math.max(4, ...timeline.map(({ actor }) => actor.length));
  const lines = timeline.map((entry) => {
    const at = (entry.atMs / 1000).toFixed(3).padStart(9);
    if (entry.kind === 'step') return `${at}  ${'-'.repeat(width)}  ${entry.event}`;
    return `${at}  ${entry.actor.padEnd(width)}  ${entry.event}${detailsText(entry)}`;
  });
  const dropped = droppedEntries === 0 ? [] : [`(${droppedEntries} earlier entries were dropped)`];
  return [...dropped, ...lines].join('\n');
}

/** Returns a step in a line, in the words of its file: `connect viewer`, `expect cam started within=5s`. */
export function stepText(step: object): string {
  const [[name, given] = ['']] = Object.entries(step);
  return `${name} ${valueText(given)}`.trimEnd();
}

/** Keys that are not shown, because their values are clear without them. */
const OBVIOUS: readonly string[] = ['actor', 'client', 'event', 'kind'];

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueText).join(', ');
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return entries.map(([name, one]) => (OBVIOUS.includes(name) ? valueText(one) : `${name}=${inner(one)}`)).join(' ');
}

function inner(value: unknown): string {
  if (typeof value === 'string') return /^[\w.:/-]+$/.test(value) ? value : JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value).map(([name, one]) => `${name}=${inner(one)}`);
  return `(${entries.join(' ')})`;
}
