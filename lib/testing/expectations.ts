import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkInteger } from '../base/index.js';
import * as cast from '../cast/index.js';
import { invalidParameter, refuseUnknownKeys, suggest, TiRtcError } from '../errors/index.js';
import type { TestClient } from './client_and_program.js';
import { checkClient, checkDuration, checkWhere } from './options.js';

/** An actor by its name; `service` is the service. */
export type Named = string | { readonly name: string };

/** Details that the event must have, how many such events (default 1), and the deadline (default that of the emulator). */
export type TestEventOptions = Pick<cast.ExpectStep, 'where' | 'count' | 'within'>;

/** One stream, `video` or `audio` and its number, and the deadline. */
export type TestStreamOptions = Pick<cast.StreamStep, 'video' | 'audio' | 'within'>;

export interface ExpectationsOptions {
  readonly cast: cast.Cast;
  readonly kindOf: (name: string) => cast.ActorKind;
  readonly timeoutMs: number;
  readonly timeline: () => string;
}

const COUNT_ADVICE = 'use a positive integer; to assert that nothing happens, use never()';
const STREAM_KEYS = ['video', 'audio', 'within'];

/** What a test waits for. Each rejects on timeout, or at once when a program crashes; the error holds the timeline. */
export class Expectations {
  readonly #options: ExpectationsOptions;

  constructor(options: ExpectationsOptions) {
    this.#options = options;
  }

  /** Wait for an event that was not waited for before; it may have happened already. docs/scenarios.md lists the events. */
  async event(actor: Named, event: string, options: TestEventOptions = {}): Promise<void> {
    refuseUnknownKeys('expect.event()', options, ['where', 'count', 'within']);
    const { where, count, within = this.#options.timeoutMs } = options;
    const name = this.#checkedEvent(actor, event, where);
    if (count !== undefined) checkInteger('count', count, 1, Infinity, COUNT_ADVICE);
    await this.#act('expect', { actor: name, event, where, count, within });
  }

  /** Fail when such an event happens from now on, for a duration. */
  async never(
    actor: Named,
    event: string,
    options: { readonly where?: cast.Where; readonly during: cast.Duration },
  ): Promise<void> {
    refuseUnknownKeys('expect.never()', options, ['where', 'during']);
    const { where, during } = options;
    const name = this.#checkedEvent(actor, event, where);
    checkDuration('during', during ?? 'missing');
    await this.#act('never', { actor: name, event, where, during });
  }

  /** Wait for frames that arrive from now on. One stream: `video` or `audio` and its number. */
  async frames(
    client: TestClient,
    {
      within = this.#options.timeoutMs,
      ...more
    }: TestStreamOptions & Pick<cast.ReceiveStep, 'frames' | 'keyFrames' | 'timestamps' | 'like'>,
  ): Promise<void> {
    refuseUnknownKeys('expect.frames()', more, [...STREAM_KEYS, 'frames', 'keyFrames', 'timestamps', 'like']);
    checkStream(more);
    await this.#act('receive', { client: checkClient(client), within, ...more });
  }

  /** Ask for a key frame and wait for it. */
  async keyFrame(client: TestClient, { within = this.#options.timeoutMs, ...more }: TestStreamOptions): Promise<void> {
    refuseUnknownKeys('expect.keyFrame()', more, STREAM_KEYS);
    checkStream(more);
    await this.#act('keyFrame', { client: checkClient(client), within, ...more });
  }

  /** Send a command and wait for its answer, which must be `answer` if that is given. */
  async answer(
    client: TestClient,
    command: string | number,
    options: { readonly text?: string; readonly answer?: string; readonly within?: cast.Duration } = {},
  ): Promise<void> {
    refuseUnknownKeys('expect.answer()', options, ['text', 'answer', 'within']);
    const { text, answer, within = this.#options.timeoutMs } = options;
    await this.#act('request', { client: checkClient(client), command, text, expect: answer, within });
  }

  /** Resolves with the error of an attempt that must fail with this code, such as TOKEN_EXPIRED. */
  async failure(attempt: Promise<unknown>, code: string): Promise<TiRtcError> {
    try {
      await attempt;
    } catch (error) {
      if (error instanceof TiRtcError && error.code === code) return error;
      const wrong = error instanceof TiRtcError ? `${error.code}: ${error.message}` : String(error);
      throw this.#failed(new cast.ScenarioFailure(`it failed with ${wrong}; expected ${code}`, { cause: error }));
    }
    throw this.#failed(new cast.ScenarioFailure(`it succeeded; expected ${code}`));
  }

  async #act<Name extends keyof cast.ExpectationSteps>(name: Name, given: cast.ExpectationSteps[Name]): Promise<void> {
    if ('within' in given) checkDuration('within', given.within);
    const { cast: actors } = this.#options;
    const text = cast.stepText({ [name]: given } as never);
    actors.timeline.add('test', 'step', text);
    try {
      actors.signal.throwIfAborted();
      await cast.EXPECTATIONS[name](actors, given as never);
    } catch (error) {
      const why = await actors.explain(error);
      throw this.#failed(
        why instanceof cast.ScenarioFailure ? new cast.ScenarioFailure(`${text}: ${why.message}`) : why,
      );
    }
  }

  #failed(error: unknown): Error {
    return withTimeline(error, this.#options.timeline());
  }

  #checkedEvent(actor: Named, event: string, where: cast.Where | undefined): string {
    const name = typeof actor === 'string' ? actor : actor.name;
    const kind = this.#options.kindOf(name);
    const events = cast.EVENTS[kind];
    if (Object.hasOwn(events, event)) {
      checkWhere(event, where, events[event]);
      return name;
    }
    throw invalidParameter(`a ${kind} does not emit ${JSON.stringify(event)}`, suggest(event, Object.keys(events)));
  }
}

function checkStream({ video, audio }: TestStreamOptions): void {
  if ((video === undefined) !== (audio === undefined)) return;
  throw invalidParameter('one stream is required', 'give "video" or "audio" and its number');
}

const withTimelines = new WeakSet<Error>();
const OURS = dirname(fileURLToPath(import.meta.url));

/** Returns the error with the timeline added to its message, once. Its stack begins in the test. */
export function withTimeline(thrown: unknown, timeline: string): Error {
  const error = thrown instanceof Error ? thrown : new Error(`a test threw ${String(thrown)}`, { cause: thrown });
  if (withTimelines.has(error)) return error;
  const { message, stack = '' } = error;
  const full = `${message}\n\nWhat all actors did:\n${timeline}\n`;
  const calls = stack.split('\n').filter((line) => !line.includes(OURS));
  try {
    error.message = full;
    error.stack = calls.join('\n').replace(message, () => full); // runners print the message in it
  } catch {
    return withTimeline(new Error(message, { cause: error }), timeline); // it was frozen
  }
  withTimelines.add(error);
  return error;
}
