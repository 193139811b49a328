export type { ActorNames } from './actor_names.js';
export { checkScenario, parseScenario, readScenario } from './read.js';
export { junitXml } from './report.js';
export { type RunObserver, type RunOptions, runScenario, type ScenarioResult, type StepReport } from './run.js';
export { type ChosenTime, timeFor } from './scenario_time.js';
export type {
  ActionName,
  Actions,
  ConnectStep,
  Scenario,
  ScenarioTime,
  ScenarioWorld,
  StartStep,
  Step,
  TokenSpec,
} from './schema.js';
export { SCENARIO_SCHEMA } from './schema.js';
export { type CheckedScenario, type Path, ScenarioError } from './source.js';
export type { MovableClock } from './world.js';
