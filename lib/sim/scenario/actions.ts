import { TiRtcError } from '../../errors/index.js';
import { readCommand } from '../command_table.js';
import { durationMs, durationText } from './duration.js';
import { ScenarioFailure } from './failure.js';
import type { Stage } from './stage.js';
import { fits, type TimelineEntry } from './timeline.js';
import type { ActionName, Actions, ConnectStep, Duration, StartStep, StreamStep, Where } from './types.js';
import { pause, waitUntil } from './wait.js';

const DEFAULT_WITHIN_MS = 10_000;

type SimpleAction = Exclude<ActionName, 'repeat' | 'parallel'>;

/** What each action does. It resolves when the action is done and throws a ScenarioFailure when it cannot be. */
export const ACTIONS: {
  readonly [Name in SimpleAction]: (world: Stage, given: Actions[Name]) => void | Promise<void>;
} = {
  start: async (world, given) => {
    const steps = isObject<StartStep>(given)
      ? [given]
      : [given].flat().map((actor): StartStep => ({ actor: String(actor) }));
    await forEach(steps, async (step) => {
      await forEach(world.names.members(step.actor), (name) => startActor(world, name, step));
    });
  },
  stop: (world, given) => forEachActor(world, given, (name) => findStoppable(world, name).stop()),
  kill: (world, name) => world.programs.get(name)?.kill(),
  connect: (world, given) => {
    const step = typeof given === 'string' ? { client: given } : given;
    return forEachActor(world, step.client, (name) => connectClient(world, name, step));
  },
  disconnect: (world, given) => forEachActor(world, given, async (name) => await clientOf(world, name).disconnect()),
  subscribe: (world, step) =>
    forEachActor(world, step.client, async (name) => {
      const client = clientOf(world, name);
      const { kind, stream, timeoutMs } = streamOf(step);
      const { connection } = client;
      const subscribed =
        kind === 'video'
          ? connection.subscribeVideo(stream, { timeoutMs })
          : connection.subscribeAudio(stream, { timeoutMs });
      await expectOutcome(subscribed, step.refused === true ? 'SUBSCRIBE_REFUSED' : undefined, `${kind} ${stream}`);
      if (step.refused !== true) client.noteSubscribed(kind, stream);
    }),
  unsubscribe: (world, step) =>
    forEachActor(world, step.client, (name) => {
      const { kind, stream } = streamOf(step);
      const { connection } = clientOf(world, name);
      if (kind === 'video') connection.unsubscribeVideo(stream);
      else connection.unsubscribeAudio(stream);
    }),
  keyFrame: (world, step) =>
    forEachActor(world, step.client, async (name) => {
      clientOf(world, name).connection.requestKeyFrame(streamOf(step).stream);
      await receive(world, name, step, 1, 1);
    }),
  receive: (world, step) =>
    forEachActor(world, step.client, (name) => receive(world, name, step, step.frames ?? 1, step.keyFrames ?? 0)),
  request: (world, step) => forEachActor(world, step.client, (name) => request(world, name, step)),
  expect: async (world, { actor, event, where, count = 1, within }) => {
    const actors = [...new Set([actor, ...world.names.members(actor)])];
    let found = 0;
    await waitUntil<true>({
      clock: world.clock,
      signal: world.signal,
      withinMs: withinMs(within),
      look: () => {
        while (found < count && world.timeline.take(actors, event, where) !== undefined) found += 1;
        return found === count ? true : undefined;
      },
      watch: (again) => world.timeline.watch(again),
      missing: () => missingEvent(world, actors, { actor, event, where, count, found }),
    });
  },
  never: async (world, { actor, event, where, during }) => {
    const actors = new Set([actor, ...world.names.members(actor)]);
    await new Promise<void>((resolve, reject) => {
      const unwatch = world.timeline.watch((entry) => {
        if (!actors.has(entry.actor) || entry.event !== event || !fits(entry, where)) return;
        reject(
          new ScenarioFailure(`${entry.actor} told "${event}"${detailsText(entry)}, which must never happen here`),
        );
      });
      pause(world.clock, durationMs(during), world.signal).then(resolve, reject).finally(unwatch);
    });
  },
  wait: (world, duration) => pause(world.clock, durationMs(duration), world.signal),
  fault: (world, { as, ...fault }) => {
    const handle = world.service.fault(fault);
    if (as !== undefined) world.faults.set(as, handle);
  },
  lift: (world, name) => world.faults.get(name)?.lift(),
};

function withinMs(within: Duration | undefined): number {
  return within === undefined ? DEFAULT_WITHIN_MS : durationMs(within);
}

function isObject<Kind extends object>(value: unknown): value is Kind {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** At once for all; fails with the first failure when all are done. */
async function forEach<Item>(items: readonly Item[], call: (item: Item) => void | Promise<void>): Promise<void> {
  const outcomes = await Promise.allSettled(items.map(async (item) => await call(item)));
  const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
  const [first] = failed;
  if (first === undefined) return;
  if (failed.length === 1 || !(first.reason instanceof Error)) throw first.reason;
  throw new ScenarioFailure(`${failed.length} of ${items.length} failed, the first: ${first.reason.message}`);
}

function forEachActor(
  world: Stage,
  names: string | readonly string[],
  call: (name: string) => void | Promise<void>,
): Promise<void> {
  return forEach(
    [names].flat().flatMap((name) => world.names.members(String(name))),
    call,
  );
}

function clientOf(world: Stage, name: string) {
  const client = world.clients.get(name);
  if (client === undefined) throw new ScenarioFailure(`there is no client ${JSON.stringify(name)}`);
  return client;
}

function findStoppable(world: Stage, name: string): { stop(): Promise<void> } {
  return world.devices.get(name) ?? world.programs.get(name) ?? world.service;
}

async function startActor(world: Stage, name: string, { within, fails, wait = true }: StartStep): Promise<void> {
  const device = world.devices.get(name);
  if (device === undefined) {
    await (world.programs.get(name) ?? world.service).start();
    return;
  }
  const started = device.start(wait ? withinMs(within) : 0x7fff_ffff, world.signal);
  if (wait) await expectOutcome(started, fails, `the start of ${name}`);
  else started.catch(() => {}); // its events tell
}

async function connectClient(world: Stage, name: string, step: ConnectStep): Promise<void> {
  const client = clientOf(world, name);
  const connected = client.connect(
    step.with,
    () => world.token(client.deviceId, name, step.token),
    withinMs(step.within),
  );
  await expectOutcome(connected, step.fails, `the connect of ${name}`);
}

/** Success, or the one failure that is wanted. */
async function expectOutcome(attempt: Promise<void>, fails: string | undefined, what: string): Promise<void> {
  try {
    await attempt;
  } catch (error) {
    if (!(error instanceof TiRtcError)) throw error;
    if (error.code === fails) return;
    const wanted = fails === undefined ? '' : `, not with ${fails} as it should`;
    throw new ScenarioFailure(`${what} failed${wanted}: ${error.message}`);
  }
  if (fails !== undefined) throw new ScenarioFailure(`${what} succeeded; it should fail with ${fails}`);
}

function streamOf({ video, audio, within }: StreamStep) {
  const kind = video === undefined ? ('audio' as const) : ('video' as const);
  return { kind, stream: video ?? audio ?? 0, timeoutMs: withinMs(within) };
}

async function receive(world: Stage, name: string, step: StreamStep, frames: number, keyFrames: number): Promise<void> {
  const client = clientOf(world, name);
  const { kind, stream, timeoutMs } = streamOf(step);
  const before = client.count(kind, stream);
  const since = () => {
    const now = client.count(kind, stream);
    return { frames: now.frames - before.frames, keyFrames: now.keyFrames - before.keyFrames };
  };
  await waitUntil<true>({
    clock: world.clock,
    signal: world.signal,
    withinMs: timeoutMs,
    look: () => {
      const now = since();
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
  });
}

async function request(world: Stage, name: string, step: Actions['request']): Promise<void> {
  const { connection } = clientOf(world, name);
  const timeoutMs = withinMs(step.within);
  try {
    const answer = await connection.request(readCommand(String(step.command)), step.text ?? '', { timeoutMs });
    const text = Buffer.from(answer.data).toString('utf8');
    if (step.expect === undefined || text === step.expect) return;
    throw new ScenarioFailure(`the answer was ${JSON.stringify(text)}, not ${JSON.stringify(step.expect)}`);
  } catch (error) {
    if (!(error instanceof TiRtcError)) throw error;
    throw new ScenarioFailure(`no answer for ${name}: ${error.message}`);
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

function missingEvent(world: Stage, actors: readonly string[], { actor, event, where, count, found }: Wanted): string {
  const fitting = where === undefined ? '' : ` with ${JSON.stringify(where)}`;
  const times = count === 1 ? '' : ` ${count} times (${found} came)`;
  const others = world.timeline.unseen(actors, event).slice(-SHOWN_EVENTS);
  const last = world.timeline.entries.filter((entry) => actors.includes(entry.actor)).slice(-SHOWN_EVENTS);
  const shown = others.length > 0 ? others : last;
  const but = others.length > 0 ? 'what came was' : 'its last events are';
  const list = shown.map((entry) => `${entry.event}${detailsText(entry)} at ${durationText(entry.atMs)}`);
  return `${actor} did not tell "${event}"${fitting}${times}; ${list.length === 0 ? 'it told nothing at all' : `${but}: ${list.join(', ')}`}`;
}

export function detailsText({ details }: TimelineEntry): string {
  const parts = Object.entries(details).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return parts.length === 0 ? '' : ` (${parts.join(' ')})`;
}
