/** The scenario ran, and something was not as it says. */
export class ScenarioFailure extends Error {
  override readonly name = 'ScenarioFailure';
  readonly code = 'SCENARIO_FAILED';
}

/** The scenario cannot go on: a program that cannot be run, a port that is taken, a program of this run that broke down. */
export class ScenarioBreakdown extends Error {
  override readonly name = 'ScenarioBreakdown';
  readonly code = 'SCENARIO_BROKEN';
}
