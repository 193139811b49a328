import { redactTokens } from '../errors/index.js';
import type { Clock } from '../types/index.js';
import type { Where } from './specs.js';
import type { ActorKind } from './vocabulary.js';

export type Details = Readonly<Record<string, string | number | boolean | undefined>>;

/** Something an actor told. */
export interface TimelineEntry {
  /** Since the run began. */
  readonly atMs: number;
  readonly actor: string;
  readonly kind: ActorKind | 'step';
  readonly event: string;
  readonly details: Details;
}

const MAX_ENTRIES = 20_000;
/** Events of one name of one actor that nobody has waited for yet. */
const MAX_UNSEEN = 10_000;

/** Is told each entry of a timeline. */
export type Look = (entry: TimelineEntry) => void;

/** Everything that all actors told, in order, without secrets. */
export class Timeline {
  readonly #clock: Clock;
  readonly #startMs: number;
  readonly #entries: TimelineEntry[] = [];
  readonly #unseen = new Map<string, TimelineEntry[]>();
  readonly #looking = new Set<Look>();
  readonly #secrets = new Set<string>();
  #dropped = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startMs = clock.nowMs();
  }

  get entries(): readonly TimelineEntry[] {
    return this.#entries;
  }

  /** Entries that were too many to keep. */
  get dropped(): number {
    return this.#dropped;
  }

  get nowMs(): number {
    return this.#clock.nowMs() - this.#startMs;
  }

  /** From now on no entry shows it. Tokens are known by their form. */
  hide(secret: string): void {
    this.#secrets.add(secret);
  }

  redact(text: string): string {
    let shown = text;
    for (const secret of this.#secrets) if (shown.includes(secret)) shown = shown.replaceAll(secret, '…');
    return redactTokens(shown);
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
    for (const look of [...this.#looking]) look(entry);
  }

  /** Call back with all that comes. The function returned ends it. */
  watch(look: Look): () => void {
    this.#looking.add(look);
    return () => void this.#looking.delete(look);
  }

  /** Take the first event that fits and that nobody took before, with those of its name before it. */
  take(actors: readonly string[], event: string, where: Where | undefined): TimelineEntry | undefined {
    for (const actor of actors) {
      const unseen = this.#unseen.get(`${actor} ${event}`) ?? [];
      const at = unseen.findIndex((entry) => fits(entry, where));
      if (at >= 0) return unseen.splice(0, at + 1).at(-1);
    }
    return undefined;
  }

  /** Events of this name that are there, whether they fit or not. */
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

/** Its values in a line, with a space before. */
export function detailsText({ details }: TimelineEntry): string {
  const parts = Object.entries(details).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return parts.length === 0 ? '' : ` (${parts.join(' ')})`;
}

/** Everything all actors told, a line each. */
export function timelineText({
  timeline,
  droppedEntries,
}: {
  readonly timeline: readonly TimelineEntry[];
  readonly droppedEntries: number;
}): string {
  const width = Math.max(4, ...timeline.map(({ actor }) => actor.length));
  const lines = timeline.map((entry) => {
    const at = (entry.atMs / 1000).toFixed(3).padStart(9);
    if (entry.kind === 'step') return `${at}  ${'-'.repeat(width)}  ${entry.event}`;
    return `${at}  ${entry.actor.padEnd(width)}  ${entry.event}${detailsText(entry)}`;
  });
  const dropped = droppedEntries === 0 ? [] : [`(${droppedEntries} earlier entries were too many to keep)`];
  return [...dropped, ...lines].join('\n');
}
