import type { Actions, Scenario, ScenarioTime, Step } from './schema.js';
import { type CheckedScenario, ScenarioError } from './source.js';

export interface ChosenTime {
  readonly time: ScenarioTime;
  /** Why real time was chosen by default. */
  readonly why?: string;
}

/** Returns the time in which a scenario runs: `wanted`, the scenario's own, or by default virtual time when all actors are
 *  simulated. Throws a ScenarioError when that is impossible. */
export function timeFor({ scenario, place }: CheckedScenario, wanted: ScenarioTime | undefined): ChosenTime {
  const why = whyReal(scenario);
  const time = wanted ?? scenario.time;
  if (time === 'virtual' && hasPrograms(scenario)) {
    throw new ScenarioError(`${place(['programs'])}: ${PROGRAMS_ARE_REAL}`);
  }
  if (time !== undefined) return { time };
  return why === undefined ? { time: 'virtual' } : { time: 'real', why };
}

export const PROGRAMS_ARE_REAL = 'programs cannot run in virtual time: use "real", or remove "time"';

export function hasPrograms({ programs = {} }: Scenario): boolean {
  return Object.keys(programs).length > 0;
}

/** Returns the part of a scenario that may wait for something outside virtual time; undefined if there is none. */
function whyReal(scenario: Scenario): string | undefined {
  if (hasPrograms(scenario)) return 'it has programs';
  if (scenario.service?.port !== undefined) return 'its service has a port for other programs';
  return allSteps(scenario.steps).some((step) => typeof step === 'function') ? 'a step is a function' : undefined;
}

/** Returns the steps and the steps in them; a step that is a function has no actions. */
export function allSteps(steps: readonly Step[]): readonly Partial<Actions>[] {
  return steps.flatMap((step) => {
    const action = step as Partial<Actions>;
    return [action, ...allSteps(action.repeat?.steps ?? action.parallel ?? [])];
  });
}
