import type { Clock } from '../types/index.js';
import { ScenarioFailure } from './failure.js';
import type { ProgramActor } from './program_actor.js';

export interface Explaining {
  readonly clock: Clock;
  readonly programs: ReadonlyMap<string, ProgramActor>;
  /** Aborted with the failure of a program that broke down. */
  readonly signal: AbortSignal;
}

/** A program that ends takes its connections with it, and is heard of a moment later. */
const GRACE_MS = 200;

/** Whatever failed may have failed because a program is not there any more, and only that explains it. Resolves with the
 *  error that does. */
export async function explain(error: unknown, { clock, programs, signal }: Explaining): Promise<unknown> {
  if (!(error instanceof ScenarioFailure) || signal.aborted) return error;
  const running = [...programs.values()].filter(({ isRunning }) => isRunning);
  if (running.length > 0) await oneEnds(running, clock);
  if (signal.aborted && signal.reason instanceof ScenarioFailure) return signal.reason;
  const gone = [...programs].flatMap(([name, { left }]) => (left === undefined ? [] : [`${name} ${left} before`]));
  return gone.length === 0 ? error : new ScenarioFailure(`${error.message}. Mind that ${gone.join(' and ')}`);
}

function oneEnds(programs: readonly ProgramActor[], clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.startTimer(GRACE_MS, resolve);
    void Promise.race(programs.map(({ ended }) => ended)).then(() => {
      timer.cancel();
      resolve();
    });
  });
}
