import {
  type ActorKind,
  type Duration,
  EVENTS,
  EXPECTATIONS,
  type ExpectationSteps,
  explain,
  type ProgramActor,
  type ReceiveStep,
  ScenarioFailure,
  type Stage,
  stepText,
  type Where,
} from '../cast/index.js';
import { invalidParameter, refuseUnknownKeys, suggest, TiRtcError } from '../errors/index.js';
import { checkClient, checkCount, checkDuration, checkWhere } from './checks.js';
import type { TestClient } from './client.js';
import { withTimeline } from './failure.js';

/** An actor by its name; `service` is the service. */
export type Named = string | { readonly name: string };

export interface EventOptions {
  /** Values the event must have: equal, or of a text "/a regular expression/". */
  readonly where?: Where;
  /** So many. Default 1. */
  readonly count?: number;
  /** Milliseconds, or text: "250ms", "5s". Default that of the emulator. */
  readonly within?: Duration;
}

export interface StreamOptions {
  readonly video?: number;
  readonly audio?: number;
  readonly within?: Duration;
}

export interface ExpectationsOptions {
  readonly stage: Stage;
  readonly programs: ReadonlyMap<string, ProgramActor>;
  readonly kindOf: (name: string) => ActorKind;
  readonly withinMs: number;
  readonly timeline: () => string;
}

const STREAM_KEYS = ['video', 'audio', 'within'];

/** What a test waits for. Each rejects when its time is over, or at once when a program breaks down, and says what all actors
 *  did. */
export class Expectations {
  readonly #options: ExpectationsOptions;

  constructor(options: ExpectationsOptions) {
    this.#options = options;
  }

  /** An event that was not waited for before; it may have happened already. docs/scenarios.md lists them. */
  async event(actor: Named, event: string, options: EventOptions = {}): Promise<void> {
    refuseUnknownKeys('expect.event()', options, ['where', 'count', 'within']);
    const { where, count, within } = options;
    const name = this.#checkedEvent(actor, event, where);
    checkCount(count);
    await this.#act('expect', {
      actor: name,
      event,
      ...(where === undefined ? {} : { where }),
      ...(count === undefined ? {} : { count }),
      within: within ?? this.#options.withinMs,
    });
  }

  /** No such event from now on, for so long. */
  async never(
    actor: Named,
    event: string,
    options: { readonly where?: Where; readonly during: Duration },
  ): Promise<void> {
    refuseUnknownKeys('expect.never()', options, ['where', 'during']);
    const { where, during } = options;
    const name = this.#checkedEvent(actor, event, where);
    checkDuration('during', during ?? 'missing');
    await this.#act('never', { actor: name, event, ...(where === undefined ? {} : { where }), during });
  }

  /** Frames that come from now on. One stream: `video` or `audio` and its number. */
  async frames(
    client: TestClient,
    { within, ...more }: StreamOptions & Pick<ReceiveStep, 'frames' | 'keyFrames' | 'timestamps' | 'like'>,
  ): Promise<void> {
    refuseUnknownKeys('expect.frames()', more, [...STREAM_KEYS, 'frames', 'keyFrames', 'timestamps', 'like']);
    checkStream(more);
    await this.#act('receive', { client: checkClient(client), within: within ?? this.#options.withinMs, ...more });
  }

  /** Ask for a key frame, and get one. */
  async keyFrame(client: TestClient, { within, ...more }: StreamOptions): Promise<void> {
    refuseUnknownKeys('expect.keyFrame()', more, STREAM_KEYS);
    checkStream(more);
    await this.#act('keyFrame', { client: checkClient(client), within: within ?? this.#options.withinMs, ...more });
  }

  /** Send a command and get its answer; with `answer`, this one. */
  async answer(
    client: TestClient,
    command: string | number,
    options: { readonly text?: string; readonly answer?: string; readonly within?: Duration } = {},
  ): Promise<void> {
    refuseUnknownKeys('expect.answer()', options, ['text', 'answer', 'within']);
    const { text, answer, within } = options;
    await this.#act('request', {
      client: checkClient(client),
      command,
      ...(text === undefined ? {} : { text }),
      ...(answer === undefined ? {} : { expect: answer }),
      within: within ?? this.#options.withinMs,
    });
  }

  /** The attempt must fail with this code, such as TOKEN_EXPIRED. Resolves with its error. */
  async failure(attempt: Promise<unknown>, code: string): Promise<TiRtcError> {
    try {
      await attempt;
    } catch (error) {
      if (error instanceof TiRtcError && error.code === code) return error;
      const wrong = error instanceof TiRtcError ? `${error.code}: ${error.message}` : String(error);
      throw this.#failed(new ScenarioFailure(`it failed, not with ${code} but with ${wrong}`, { cause: error }));
    }
    throw this.#failed(new ScenarioFailure(`it succeeded; it should fail with ${code}`));
  }

  async #act<Name extends keyof ExpectationSteps>(name: Name, given: ExpectationSteps[Name]): Promise<void> {
    if ('within' in given) checkDuration('within', given.within);
    const { stage } = this.#options;
    const text = stepText({ [name]: given } as never);
    stage.timeline.add('test', 'step', text);
    try {
      stage.signal.throwIfAborted();
      await EXPECTATIONS[name](stage, given as never);
    } catch (error) {
      const why = await explain(error, { ...stage, programs: this.#options.programs });
      throw this.#failed(why instanceof ScenarioFailure ? new ScenarioFailure(`${text}: ${why.message}`) : why);
    }
  }

  #failed(error: unknown): Error {
    return withTimeline(error, this.#options.timeline());
  }

  #checkedEvent(actor: Named, event: string, where: Where | undefined): string {
    const name = typeof actor === 'string' ? actor : actor.name;
    const kind = this.#options.kindOf(name);
    const events = EVENTS[kind];
    if (Object.hasOwn(events, event)) {
      checkWhere(event, where, events[event]);
      return name;
    }
    throw invalidParameter(`a ${kind} never tells ${JSON.stringify(event)}`, suggest(event, Object.keys(events)));
  }
}

function checkStream({ video, audio }: StreamOptions): void {
  if ((video === undefined) !== (audio === undefined)) return;
  throw invalidParameter('this needs one stream', 'give "video" or "audio" and its number');
}
