import type { Actions, Scenario, ScenarioTime, Step } from './schema.js';
import { type CheckedScenario, ScenarioError } from './source.js';

export interface ChosenTime {
  readonly time: ScenarioTime;
  /** Why it is real although nobody asked for that. */
  readonly why?: string;
}

/** In which time a scenario runs: as `wanted`, as it says itself, or in virtual time when all that takes part is ours. Throws a
 *  ScenarioError when that cannot be. */
export function timeFor({ scenario, place }: CheckedScenario, wanted: ScenarioTime | undefined): ChosenTime {
  const why = whyReal(scenario);
  const time = wanted ?? scenario.time;
  if (time === 'virtual' && hasPrograms(scenario)) {
    throw new ScenarioError(`${place(['programs'])}: ${PROGRAMS_ARE_REAL}`);
  }
  if (time !== undefined) return { time };
  return why === undefined ? { time: 'virtual' } : { time: 'real', why };
}

export const PROGRAMS_ARE_REAL = 'programs cannot run in virtual time: use "real", or do not choose a time';

export function hasPrograms({ programs = {} }: Scenario): boolean {
  return Object.keys(programs).length > 0;
}

/** What of a scenario is not ours, and so may wait for something that virtual time knows nothing of. */
function whyReal(scenario: Scenario): string | undefined {
  if (hasPrograms(scenario)) return 'it has programs';
  if (scenario.service?.port !== undefined) return 'its service has a port for others';
  return hasFunction(scenario.steps) ? 'some step is a function' : undefined;
}

function hasFunction(steps: readonly Step[]): boolean {
  return steps.some((step) => {
    if (typeof step === 'function') return true;
    const { repeat, parallel } = step as Partial<Actions>;
    return hasFunction(repeat?.steps ?? parallel ?? []);
  });
}
