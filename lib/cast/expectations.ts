import { resolve } from 'node:path';
import { delay } from '../base/index.js';
import { TiRtcError } from '../errors/index.js';
import { MediaError, type MediaSource, openMedia } from '../media/index.js';
import type { Frame } from '../types/index.js';
import type { Cast } from './cast.js';
import type { ClientActor } from './client_actor.js';
import { readCommand } from './command_answers.js';
import type { Duration } from './json_schema.js';
import type { ExpectStep, NeverStep, ReceiveStep, RequestStep, StreamStep } from './specs.js';
import { detailsText, fits } from './timeline.js';
import { ScenarioFailure } from './vocabulary.js';
import { durationMs, durationText, waitUntil } from './wait.js';

const DEFAULT_TIMEOUT_MS = 10_000;
/** Events in a failure message. */
const SHOWN_EVENTS = 5;

/** The expectations by name, and what each takes. */
export interface ExpectationSteps {
  readonly keyFrame: StreamStep;
  readonly receive: ReceiveStep;
  readonly request: RequestStep;
  readonly expect: ExpectStep;
  readonly never: NeverStep;
}

/** The actions that wait for something. Each resolves when it is there and throws a ScenarioFailure when it is not. */
export const EXPECTATIONS: {
  readonly [Name in keyof ExpectationSteps]: (cast: Cast, given: ExpectationSteps[Name]) => Promise<void>;
} = {
  keyFrame: (cast, step) =>
    forEachActor(cast, step.client, async (name) => {
      clientOf(cast, name).connection.requestKeyFrame(streamOf(step).stream);
      await receive(cast, name, { ...step, keyFrames: 1 }, []);
    }),
  receive: async (cast, step) => {
    const like = framesLike(step, cast.folder);
    await forEachActor(cast, step.client, (name) => receive(cast, name, step, like));
  },
  request: (cast, step) => forEachActor(cast, step.client, (name) => request(cast, name, step)),
  expect: expectEvent,
  never: async (cast, { actor, event, where, during }) => {
    const actors = new Set([actor, ...cast.members(actor)]);
    await new Promise<void>((resolve, reject) => {
      const unwatch = cast.timeline.watch((entry) => {
        if (!actors.has(entry.actor) || entry.event !== event || !fits(entry, where)) return;
        reject(
          new ScenarioFailure(`${entry.actor} emitted "${event}"${detailsText(entry)}, which must not happen here`),
        );
      });
      delay(cast.clock, durationMs(during), cast.signal).then(resolve, reject).finally(unwatch);
    });
  },
};

export function timeoutOf(within: Duration | undefined): number {
  return within === undefined ? DEFAULT_TIMEOUT_MS : durationMs(within);
}

/** Run all at once. Rejects when all have settled, with the first failure and the number of failures. */
export async function forEach<Item>(items: readonly Item[], call: (item: Item) => void | Promise<void>): Promise<void> {
  const outcomes = await Promise.allSettled(items.map(async (item) => await call(item)));
  const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
  const [first] = failed;
  if (first === undefined) return;
  if (failed.length === 1 || !(first.reason instanceof Error)) throw first.reason;
  throw new ScenarioFailure(`${failed.length} of ${items.length} failed, the first: ${first.reason.message}`);
}

/** Run for all actors at once; a group stands for its copies. */
export function forEachActor(
  cast: Cast,
  names: string | readonly string[],
  call: (name: string) => void | Promise<void>,
): Promise<void> {
  return forEach(
    [names].flat().flatMap((name) => cast.members(String(name))),
    call,
  );
}

export function clientOf(cast: Cast, name: string): ClientActor {
  const client = cast.clients.get(name);
  if (client === undefined) throw new ScenarioFailure(`there is no client ${JSON.stringify(name)}`);
  return client;
}

export function streamOf({ video, audio, within }: Omit<StreamStep, 'client'>) {
  const kind = video === undefined ? ('audio' as const) : ('video' as const);
  return { kind, stream: video ?? audio ?? 0, timeoutMs: timeoutOf(within) };
}

async function receive(cast: Cast, name: string, step: ReceiveStep, like: readonly Buffer[]): Promise<void> {
  const { frames = 1, keyFrames = 0 } = step;
  const client = clientOf(cast, name);
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
  await waitUntil({
    clock: cast.clock,
    signal: cast.signal,
    timeoutMs,
    holds: () => {
      const now = since();
      if (fault !== undefined) throw new ScenarioFailure(`frame ${now.frames} of ${kind} ${stream} ${fault}`);
      if (now.frames >= frames && now.keyFrames >= keyFrames) return true;
      void client.connection; // throws when it is closed
      return false;
    },
    watch: (again) => client.watch(again),
    missing: () => {
      const now = since();
      const wanted = `${frames} frames${keyFrames === 0 ? '' : `, ${keyFrames} of them key frames`}`;
      return `${name} received ${now.frames} frames of ${kind} ${stream}, ${now.keyFrames} of them key frames; expected: ${wanted}`;
    },
  }).finally(ignore);
}

async function request(cast: Cast, name: string, step: RequestStep): Promise<void> {
  const { connection } = clientOf(cast, name);
  const timeoutMs = timeoutOf(step.within);
  try {
    const answer = await connection.request(readCommand(String(step.command)), step.text ?? '', { timeoutMs });
    const text = Buffer.from(answer.data).toString('utf8');
    if (step.expect === undefined || text === step.expect) return;
    throw new ScenarioFailure(`the answer was ${JSON.stringify(text)}, not ${JSON.stringify(step.expect)}`);
  } catch (error) {
    if (!(error instanceof TiRtcError)) throw error;
    const stray = cast.timeline.unseen([name], 'strayAnswer').slice(-SHOWN_EVENTS);
    const others = stray.map((entry) => `unexpected response${detailsText(entry)}`);
    throw new ScenarioFailure([`no answer for ${name}: ${error.message}`, ...others].join('; '));
  }
}

async function expectEvent(cast: Cast, { actor, event, where, count = 1, within }: ExpectStep): Promise<void> {
  const { clock, signal, timeline } = cast;
  const actors = [...new Set([actor, ...cast.members(actor)])];
  let found = 0;
  await waitUntil({
    clock,
    signal,
    timeoutMs: timeoutOf(within),
    holds: () => {
      while (found < count && timeline.take(actors, event, where) !== undefined) found += 1;
      return found === count;
    },
    watch: (again) => timeline.watch(again),
    missing: () => {
      const wanted = where === undefined ? '' : ` with ${JSON.stringify(where)}`;
      const times = count === 1 ? '' : ` ${count} times, but ${found}`;
      return `${actor} did not emit "${event}"${wanted}${times}; ${emittedInstead(cast, actors, event)}`;
    },
  });
}

function emittedInstead({ timeline }: Cast, actors: readonly string[], event: string): string {
  const others = timeline.unseen(actors, event).slice(-SHOWN_EVENTS);
  const last = timeline.entries.filter((entry) => actors.includes(entry.actor)).slice(-SHOWN_EVENTS);
  const shown = others.length > 0 ? others : last;
  if (shown.length === 0) return 'it emitted no events';
  const list = shown.map((entry) => `${entry.event}${detailsText(entry)} at ${durationText(entry.atMs)}`);
  return `${others.length > 0 ? 'it emitted' : 'its last events are'}: ${list.join(', ')}`;
}

/** Says what is wrong with a frame: completes "frame 3 of video 0 ...". */
type FrameCheck = (frame: Frame) => string | undefined;

/** The frames that those of a step must be like. */
function framesLike({ like }: ReceiveStep, folder: string): readonly Buffer[] {
  if (like === undefined) return [];
  const clip = readClip(resolve(folder, like));
  return Array.from({ length: clip.frameCount }, (_, i) => Buffer.from(clip.data(i)));
}

/** What a step wants of each frame of one client. */
function frameCheck({ timestamps, like }: ReceiveStep, frames: readonly Buffer[]): FrameCheck {
  const checkTimestamp = timestamps === undefined ? undefined : timestampsGrow();
  const checkContent = like === undefined ? undefined : isFrameOf(frames, like);
  return (frame) => checkTimestamp?.(frame) ?? checkContent?.(frame);
}

function timestampsGrow(): FrameCheck {
  let last: number | undefined;
  return ({ timestampMs }) => {
    const before = last;
    last = timestampMs;
    // Timestamps wrap: the way forward is the shorter one.
    if (before === undefined || (timestampMs - before) << 0 > 0) return undefined;
    return `has the timestamp ${timestampMs}, and the one before it ${before}: timestamps must grow`;
  };
}

function isFrameOf(frames: readonly Buffer[], name: string): FrameCheck {
  return ({ data }) => {
    if (frames.some((frame) => frame.equals(data))) return undefined;
    const cut = frames.find((frame) => data.length > 0 && frame.subarray(0, data.length).equals(data));
    const how = cut === undefined ? '' : `: it ends after ${data.length} of ${cut.length} bytes`;
    return `(${data.length} bytes) is not a frame of ${name}${how}`;
  };
}

function readClip(path: string): MediaSource {
  try {
    return openMedia(path);
  } catch (error) {
    if (error instanceof MediaError) throw new ScenarioFailure(error.message);
    throw error;
  }
}
