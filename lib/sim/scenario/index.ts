export { ScenarioBreakdown, ScenarioFailure } from './failure.js';
export { ScenarioError } from './problem.js';
export { type CheckedScenario, checkScenario, parseScenario, readScenario } from './read.js';
export { junitXml, timelineText } from './report.js';
export { type RunObserver, type RunOptions, runScenario, type ScenarioResult, type StepReport } from './run.js';
export { SCENARIO_SCHEMA } from './schema.js';
export type { TimelineEntry } from './timeline.js';
export type { ClientSpec, DeviceSpec, Duration, ProgramSpec, Scenario, ServiceSpec, Step } from './types.js';
export type { World } from './world.js';
