import type { Clock } from '../types/index.js';

/** The scenario ran, and something was not as it says. */
export class ScenarioFailure extends Error {
  override readonly name = 'ScenarioFailure';
  readonly code = 'SCENARIO_FAILED';
}

/** The scenario cannot continue: a program cannot be run, a port is in use, time does not advance. */
export class ScenarioBreakdown extends Error {
  override readonly name = 'ScenarioBreakdown';
  readonly code = 'SCENARIO_BROKEN';
}

export interface ExplainOptions {
  readonly clock: Clock;
  readonly programs: ReadonlyMap<string, ExplainedProgram>;
  /** Aborted with the failure of a program that crashed. */
  readonly signal: AbortSignal;
}

interface ExplainedProgram {
  readonly isRunning: boolean;
  readonly ended: Promise<void>;
  readonly unexpectedEnd: string | undefined;
}

/** When a program exits, its connections drop before its exit event arrives. */
const GRACE_MS = 200;

/** Resolves with the error that explains a failure: the program whose exit caused it, when there is one. */
export async function explain(error: unknown, { clock, programs, signal }: ExplainOptions): Promise<unknown> {
  if (!(error instanceof ScenarioFailure) || signal.aborted) return error;
  const running = [...programs.values()].filter(({ isRunning }) => isRunning);
  if (running.length > 0) await firstEnd(running, clock);
  if (signal.aborted && signal.reason instanceof ScenarioFailure) return signal.reason;
  const gone = [...programs].flatMap(([name, { unexpectedEnd: end }]) => (end === undefined ? [] : [`${name} ${end}`]));
  return gone.length === 0 ? error : new ScenarioFailure(`${error.message}. Before that, ${gone.join(' and ')}`);
}

function firstEnd(programs: readonly ExplainedProgram[], clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.startTimer(GRACE_MS, resolve);
    void Promise.race(programs.map(({ ended }) => ended)).then(() => {
      timer.cancel();
      resolve();
    });
  });
}
