import { delay } from '../base/index.js';
import { TiRtcError } from '../errors/index.js';
import type { Clock } from '../types/index.js';
import type { ClientActor } from './client_actor.js';
import { readCommand } from './command_table.js';
import { durationMs, durationText } from './duration.js';
import { ScenarioFailure } from './failure.js';
import { frameCheck, framesLike } from './frame_check.js';
import type { Duration, ExpectStep, NeverStep, ReceiveStep, RequestStep, StreamStep, Where } from './specs.js';
import { detailsText, fits, type Timeline } from './timeline.js';
import { waitUntil } from './wait.js';

const DEFAULT_WITHIN_MS = 10_000;

/** What each expectation takes. */
export interface ExpectationSteps {
  readonly keyFrame: StreamStep;
  readonly receive: ReceiveStep;
  readonly request: RequestStep;
  readonly expect: ExpectStep;
  readonly never: NeverStep;
}

/** What expectations look at. */
export interface Stage {
  readonly clock: Clock;
  readonly timeline: Timeline;
  readonly clients: ReadonlyMap<string, ClientActor>;
  readonly signal: AbortSignal;
  /** Where relative paths begin. */
  readonly folder: string;
  readonly names: { members(name: string): readonly string[] };
}

/** The actions that wait for something. They resolve when it is there and throw a ScenarioFailure when it does not come. */
export const EXPECTATIONS: {
  readonly [Name in keyof ExpectationSteps]: (stage: Stage, given: ExpectationSteps[Name]) => Promise<void>;
} = {
  keyFrame: (stage, step) =>
    forEachActor(stage, step.client, async (name) => {
      clientOf(stage, name).connection.requestKeyFrame(streamOf(step).stream);
      await receive(stage, name, { ...step, keyFrames: 1 }, []);
    }),
  receive: async (stage, step) => {
    const like = framesLike(step, stage.folder);
    await forEachActor(stage, step.client, (name) => receive(stage, name, step, like));
  },
  request: (stage, step) => forEachActor(stage, step.client, (name) => request(stage, name, step)),
  expect: async (stage, { actor, event, where, count = 1, within }) => {
    const actors = [...new Set([actor, ...stage.names.members(actor)])];
    let found = 0;
    await waitUntil<true>({
      clock: stage.clock,
      signal: stage.signal,
      withinMs: withinMs(within),
      look: () => {
        while (found < count && stage.timeline.take(actors, event, where) !== undefined) found += 1;
        return found === count ? true : undefined;
      },
      watch: (again) => stage.timeline.watch(again),
      missing: () => missingEvent(stage, actors, { actor, event, where, count, found }),
    });
  },
  never: async (stage, { actor, event, where, during }) => {
    const actors = new Set([actor, ...stage.names.members(actor)]);
    await new Promise<void>((resolve, reject) => {
      const unwatch = stage.timeline.watch((entry) => {
        if (!actors.has(entry.actor) || entry.event !== event || !fits(entry, where)) return;
        reject(
          new ScenarioFailure(`${entry.actor} told "${event}"${detailsText(entry)}, which must never happen here`),
        );
      });
      delay(stage.clock, durationMs(during), stage.signal).then(resolve, reject).finally(unwatch);
    });
  },
};

export function withinMs(within: Duration | undefined): number {
  return within === undefined ? DEFAULT_WITHIN_MS : durationMs(within);
}

/** At once for all; fails with the first failure when all are done. */
export async function forEach<Item>(items: readonly Item[], call: (item: Item) => void | Promise<void>): Promise<void> {
  const outcomes = await Promise.allSettled(items.map(async (item) => await call(item)));
  const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
  const [first] = failed;
  if (first === undefined) return;
  if (failed.length === 1 || !(first.reason instanceof Error)) throw first.reason;
  throw new ScenarioFailure(`${failed.length} of ${items.length} failed, the first: ${first.reason.message}`);
}

/** At once for all actors, and the copies of groups. */
export function forEachActor(
  { names: known }: Pick<Stage, 'names'>,
  names: string | readonly string[],
  call: (name: string) => void | Promise<void>,
): Promise<void> {
  return forEach(
    [names].flat().flatMap((name) => known.members(String(name))),
    call,
  );
}

export function clientOf(stage: Stage, name: string) {
  const client = stage.clients.get(name);
  if (client === undefined) throw new ScenarioFailure(`there is no client ${JSON.stringify(name)}`);
  return client;
}

export function streamOf({ video, audio, within }: StreamStep) {
  const kind = video === undefined ? ('audio' as const) : ('video' as const);
  return { kind, stream: video ?? audio ?? 0, timeoutMs: withinMs(within) };
}

async function receive(stage: Stage, name: string, step: ReceiveStep, like: readonly Buffer[]): Promise<void> {
  const { frames = 1, keyFrames = 0 } = step;
  const client = clientOf(stage, name);
  const { kind, stream, timeoutMs } = streamOf(step);
  const before = client.count(kind, stream);
  const since = () => {
    const now = client.count(kind, stream);
    return { frames: now.frames - before.frames, keyFrames: now.keyFrames - before.keyFrames };
  };
  const check = frameCheck(step, like);
  let fault: string | undefined;
  const ignore = client.inspect((ofKind, frame) => {
    if (ofKind === kind && frame.stream === stream) fault ??= check(frame);
  });
  await waitUntil<true>({
    clock: stage.clock,
    signal: stage.signal,
    withinMs: timeoutMs,
    look: () => {
      const now = since();
      if (fault !== undefined) throw new ScenarioFailure(`frame ${now.frames} of ${kind} ${stream} ${fault}`);
      if (now.frames >= frames && now.keyFrames >= keyFrames) return true;
      void client.connection; // throws when it is gone
      return undefined;
    },
    watch: (again) => client.watch(again),
    missing: () => {
      const now = since();
      const wanted = `${frames} frames${keyFrames === 0 ? '' : `, ${keyFrames} of them key frames`}`;
      return `${kind} ${stream} brought ${name} ${now.frames} frames, ${now.keyFrames} of them key frames; wanted: ${wanted}`;
    },
  }).finally(ignore);
}

async function request(stage: Stage, name: string, step: RequestStep): Promise<void> {
  const { connection } = clientOf(stage, name);
  const timeoutMs = withinMs(step.within);
  try {
    const answer = await connection.request(readCommand(String(step.command)), step.text ?? '', { timeoutMs });
    const text = Buffer.from(answer.data).toString('utf8');
    if (step.expect === undefined || text === step.expect) return;
    throw new ScenarioFailure(`the answer was ${JSON.stringify(text)}, not ${JSON.stringify(step.expect)}`);
  } catch (error) {
    if (!(error instanceof TiRtcError)) throw error;
    const stray = stage.timeline.unseen([name], 'strayAnswer').slice(-SHOWN_EVENTS);
    const others = stray.map((entry) => `one came that nobody asked for${detailsText(entry)}`);
    throw new ScenarioFailure([`no answer for ${name}: ${error.message}`, ...others].join('; '));
  }
}

interface Wanted {
  readonly actor: string;
  readonly event: string;
  readonly where: Where | undefined;
  readonly count: number;
  readonly found: number;
}

const SHOWN_EVENTS = 5;

function missingEvent(stage: Stage, actors: readonly string[], { actor, event, where, count, found }: Wanted): string {
  const fitting = where === undefined ? '' : ` with ${JSON.stringify(where)}`;
  const times = count === 1 ? '' : ` ${count} times (${found} came)`;
  const others = stage.timeline.unseen(actors, event).slice(-SHOWN_EVENTS);
  const last = stage.timeline.entries.filter((entry) => actors.includes(entry.actor)).slice(-SHOWN_EVENTS);
  const shown = others.length > 0 ? others : last;
  const but = others.length > 0 ? 'what came was' : 'its last events are';
  const list = shown.map((entry) => `${entry.event}${detailsText(entry)} at ${durationText(entry.atMs)}`);
  return `${actor} did not tell "${event}"${fitting}${times}; ${list.length === 0 ? 'it told nothing at all' : `${but}: ${list.join(', ')}`}`;
}
