import { dirname, resolve } from 'node:path';
import { systemClock, wait } from '../base/index.js';
import {
  durationMs,
  durationText,
  ScenarioBreakdown,
  ScenarioFailure,
  SERVICE,
  stepText,
  type TimelineEntry,
} from '../cast/index.js';
import type { WallClock } from '../types/index.js';
import { VirtualTime } from '../virtual_time/index.js';
import { ACTIONS } from './actions.js';
import { DEFAULT_TIMEOUT_MS } from './check.js';
import { checkScenario } from './read.js';
import { allSteps, type ChosenTime, timeFor } from './scenario_time.js';
import type { ActionName, Actions, Scenario, ScenarioTime, Step } from './schema.js';
import { type CheckedScenario, type Path, ScenarioError } from './source.js';
import { MovableClock, World } from './world.js';

export interface StepReport {
  /** Counts up from 1 over the whole run. */
  readonly number: number;
  readonly text: string;
  /** `file:line`, or its path in the object. */
  readonly place: string;
  readonly outcome: 'passed' | 'failed';
  readonly durationMs: number;
  /** Why it failed. */
  readonly message?: string;
}

export interface ScenarioResult {
  readonly name: string;
  readonly file: string | undefined;
  readonly seed: number | string;
  /** The time in which durations are measured. */
  readonly time: ScenarioTime;
  /** `failed`: something was not as the scenario says. `broken`: it could not continue. `stopped`: its signal ended it. */
  readonly outcome: 'passed' | 'failed' | 'broken' | 'stopped';
  readonly durationMs: number;
  readonly steps: readonly StepReport[];
  /** Why it did not pass. */
  readonly message?: string;
  readonly timeline: readonly TimelineEntry[];
  /** The number of timeline entries that were dropped to limit the memory. */
  readonly droppedEntries: number;
}

export interface RunObserver {
  stepBegins?(number: number, text: string, place: string): void;
  stepEnded?(report: StepReport): void;
  event?(entry: TimelineEntry): void;
}

export interface RunOptions {
  /** Overrides that of the scenario. */
  readonly seed?: number | string;
  /** Overrides that of the scenario. */
  readonly time?: ScenarioTime;
  /** Ends the run. */
  readonly signal?: AbortSignal;
  readonly observer?: RunObserver;
  /** The variables that programs inherit. Default: those of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The base of relative paths, for a scenario without a file. Default: the working directory. */
  readonly folder?: string;
  /** The clock of real time. */
  readonly clock?: WallClock;
}

/** The port of the service in virtual time, unless the scenario has one. */
const VIRTUAL_PORT = 8080;

/** Run a scenario, by default in virtual time when all actors are simulated. Rejects with a ScenarioError when it is invalid;
 *  every other outcome is in the result. All actors have ended when it resolves. */
export async function runScenario(
  given: Scenario | CheckedScenario,
  options: RunOptions = {},
): Promise<ScenarioResult> {
  return await new Run('place' in given ? given : checkScenario(given), options).run();
}

class Run {
  readonly #checked: CheckedScenario;
  readonly #options: RunOptions;
  readonly #seed: number | string;
  readonly #time: ChosenTime;
  #clock = new MovableClock(systemClock);
  readonly #steps: StepReport[] = [];
  #count = 0;

  constructor(checked: CheckedScenario, options: RunOptions) {
    this.#checked = checked;
    this.#options = options;
    this.#seed = options.seed ?? checked.scenario.seed ?? 1;
    this.#time = timeFor(checked, options.time);
  }

  async run(): Promise<ScenarioResult> {
    const { host = '127.0.0.1', port } = this.#checked.scenario.service ?? {};
    if (this.#time.time === 'real') {
      this.#clock = new MovableClock(this.#options.clock ?? systemClock);
      return await this.#run(undefined, port);
    }
    const virtual = new VirtualTime({ seed: this.#seed, host, port: port || VIRTUAL_PORT });
    this.#clock = new MovableClock(virtual);
    try {
      return await virtual.run(() => this.#run(virtual, port || VIRTUAL_PORT));
    } finally {
      virtual.close();
    }
  }

  async #run(virtual: VirtualTime | undefined, port: number | undefined): Promise<ScenarioResult> {
    const { file, scenario } = this.#checked;
    const { env = process.env, signal, observer, folder } = this.#options;
    const startMs = this.#clock.nowMs();
    const world = await World.create({
      checked: this.#checked,
      seed: this.#seed,
      folder: folder ?? (file === undefined ? process.cwd() : dirname(resolve(file))),
      env,
      clock: this.#clock,
      network: virtual?.network,
      port,
      mayFail: programsWaitedFor(allSteps(scenario.steps)),
    });
    if (observer?.event !== undefined) world.timeline.watch((entry) => observer.event?.(entry));
    const stop = () => world.end(new Stopped());
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted === true) stop();
    const timeoutMs = durationMs(scenario.timeout ?? DEFAULT_TIMEOUT_MS);
    const timer = this.#clock.startTimer(timeoutMs, () => {
      world.end(new ScenarioFailure(`the run did not end within its timeout of ${durationText(timeoutMs)}`));
    });
    if (virtual !== undefined) virtual.onStandstill = (atMs) => world.end(standstill(atMs));
    let why: unknown;
    try {
      await this.#perform(world);
    } catch (error) {
      why = error;
    } finally {
      timer.cancel();
      signal?.removeEventListener('abort', stop);
      world.end(new Stopped());
      await world.close();
    }
    return this.#result(world, why, this.#clock.nowMs() - startMs);
  }

  #result({ timeline }: World, why: unknown, durationOfAllMs: number): ScenarioResult {
    const { scenario, file } = this.#checked;
    return {
      name: scenario.name ?? file ?? 'scenario',
      file,
      seed: this.#seed,
      time: this.#time.time,
      outcome: outcomeOf(why),
      durationMs: durationOfAllMs,
      steps: this.#steps,
      ...(why === undefined ? {} : { message: timeline.redact(why instanceof Error ? why.message : String(why)) }),
      timeline: timeline.entries,
      droppedEntries: timeline.dropped,
    };
  }

  async #perform(world: World): Promise<void> {
    const { steps } = this.#checked.scenario;
    const started = actorsStartedBy(allSteps(steps));
    const others = [[SERVICE], world.names.named('device'), world.names.named('program')].map((names) =>
      names.filter((name) => !world.names.members(name).some((member) => started.has(member)) && !started.has(name)),
    );
    for (const names of others) if (names.length > 0) await this.#step(world, { start: names }, ['steps']);
    await this.#sequence(world, steps, ['steps'], '');
  }

  async #sequence(world: World, steps: readonly Step[], path: Path, round: string): Promise<void> {
    for (const [i, step] of steps.entries()) await this.#step(world, step, [...path, i], round);
  }

  async #step(world: World, step: Step, path: Path, round = ''): Promise<void> {
    if (typeof step === 'function') {
      await this.#report(world, `${step.name || 'function'}()${round}`, path, () => step(world));
      return;
    }
    const { repeat, parallel } = step as Partial<Actions>;
    if (repeat !== undefined) {
      for (let i = 1; i <= repeat.times; i++) {
        await this.#sequence(
          world,
          repeat.steps,
          [...path, 'repeat', 'steps'],
          `${round} (round ${i} of ${repeat.times})`,
        );
      }
    } else if (parallel !== undefined) {
      const branches = parallel.map((one, i) => this.#step(world, one, [...path, 'parallel', i], round));
      await Promise.all(branches).finally(() => Promise.allSettled(branches));
    } else {
      await this.#report(world, `${stepText(step)}${round}`, path, () => perform(world, step));
    }
  }

  /** Do one step and report its outcome. It ends at once when the run ends. */
  async #report(world: World, text: string, path: Path, call: () => void | Promise<void>): Promise<void> {
    this.#count += 1;
    const step = { number: this.#count, text, place: this.#checked.place(path) };
    const { observer } = this.#options;
    const startMs = this.#clock.nowMs();
    world.timeline.add('step', 'step', text);
    observer?.stepBegins?.(step.number, step.text, step.place);
    const end = (ended: Pick<StepReport, 'outcome' | 'message'>) => {
      const report = { ...step, ...ended, durationMs: this.#clock.nowMs() - startMs };
      this.#steps.push(report);
      observer?.stepEnded?.(report);
    };
    try {
      await wait<void>({
        clock: this.#clock,
        signal: world.signal,
        begin: ({ resolve, reject }) => void Promise.resolve(call()).then(resolve, reject),
      });
      end({ outcome: 'passed' });
    } catch (error) {
      const why = await world.explain(error);
      end({ outcome: 'failed', message: world.timeline.redact(why instanceof Error ? why.message : String(why)) });
      throw why;
    }
  }
}

class Stopped extends Error {
  override readonly message = 'the run was stopped';
}

function standstill(atMs: number): ScenarioBreakdown {
  const what = `time does not advance ${durationText(atMs)} after the start, because actors answer each other endlessly without delay`;
  return new ScenarioBreakdown(`${what}: let time pass between their answers, or run it in real time`);
}

function outcomeOf(why: unknown): ScenarioResult['outcome'] {
  if (why === undefined) return 'passed';
  if (why instanceof Stopped) return 'stopped';
  return why instanceof ScenarioBreakdown || why instanceof ScenarioError ? 'broken' : 'failed';
}

async function perform(world: World, step: Exclude<Step, (world: World) => unknown>): Promise<void> {
  const [[name, given] = []] = Object.entries(step) as [Exclude<ActionName, 'repeat' | 'parallel'>, never][];
  if (name !== undefined) await ACTIONS[name](world, given as never);
}

function programsWaitedFor(steps: readonly Partial<Actions>[]): ReadonlySet<string> {
  return new Set(steps.flatMap(({ expect }) => (expect?.event === 'exited' ? [expect.actor] : [])));
}

function actorsStartedBy(steps: readonly Partial<Actions>[]): ReadonlySet<string> {
  return new Set(
    steps.flatMap(({ start = [] }): readonly string[] => {
      if (typeof start === 'object' && 'actor' in start) return [start.actor];
      return [start].flat() as readonly string[];
    }),
  );
}
