export type { ActorNames } from './actor_names.js';
export { type CheckedScenario, checkScenario, parseScenario, readScenario } from './read.js';
export { junitXml } from './report.js';
export { type RunObserver, type RunOptions, runScenario, type ScenarioResult, type StepReport } from './run.js';
export { type ChosenTime, timeFor } from './scenario_time.js';
export type { ActionName, Actions, ConnectStep, Scenario, ScenarioTime, StartStep, Step, TokenSpec } from './schema.js';
export { SCENARIO_SCHEMA } from './schema.js';
export { type Path, ScenarioError } from './source.js';
export type { MovableClock, World } from './world.js';
