export type { ActorNames } from './actor_names.js';
export type { ClientActor, FrameCount } from './client_actor.js';
export type { DeviceActor } from './device_actor.js';
export { ScenarioBreakdown, ScenarioFailure } from './failure.js';
export { type Path, ScenarioError } from './problem.js';
export type { ProgramActor } from './program_actor.js';
export { type CheckedScenario, checkScenario, parseScenario, readScenario } from './read.js';
export { junitXml, timelineText } from './report.js';
export { type RunObserver, type RunOptions, runScenario, type ScenarioResult, type StepReport } from './run.js';
export type { RunClock } from './run_clock.js';
export { type ChosenTime, timeFor } from './scenario_time.js';
export { SCENARIO_SCHEMA, type Schema } from './schema.js';
export type { ServiceActor } from './service_actor.js';
export type { Details, Look, Timeline, TimelineEntry } from './timeline.js';
export type {
  ActionName,
  Actions,
  ClientSpec,
  ConnectStep,
  DeviceSpec,
  Duration,
  ExpectStep,
  ProgramSpec,
  ReceiveStep,
  RequestStep,
  Scenario,
  ScenarioTime,
  ServiceSpec,
  StartStep,
  Step,
  StreamSpec,
  StreamStep,
  TokenSpec,
  Where,
} from './types.js';
export type { ActorKind } from './vocabulary.js';
export type { World } from './world.js';
