export { ClientActor, type FrameCount } from './client_actor.js';
export { realClock } from './clock.js';
export {
  type CommandRule,
  type CommandScript,
  type CommandTable,
  readCommand,
  readCommandTable,
  readHex,
  type TableAnswer,
} from './command_table.js';
export { makeCredential } from './credential.js';
export { DeviceActor, followDevice, openStream } from './device_actor.js';
export type {
  BehaviourNews,
  SentStreamReport,
  SimulatedStream,
  SubscribeDemand,
  SubscribeRule,
} from './device_behaviour.js';
export { DURATION_PATTERN, durationMs, durationText, SHIFT_PATTERN } from './duration.js';
export {
  clientOf,
  EXPECTATIONS,
  type ExpectationSteps,
  forEach,
  forEachActor,
  type Stage,
  streamOf,
  withinMs,
} from './expectations.js';
export { explain } from './explain.js';
export { ScenarioBreakdown, ScenarioFailure } from './failure.js';
export { freePort } from './free_port.js';
export { ProgramActor } from './program_actor.js';
export { startOf } from './program_values.js';
export { followService, ServiceActor } from './service_actor.js';
export { SimulatedClient, type SimulatedClientEvents, type SimulatedClientOptions } from './simulated_client.js';
export {
  type PeerReport,
  SimulatedDevice,
  type SimulatedDeviceEvents,
  type SimulatedDeviceOptions,
  type SimulatedPeer,
} from './simulated_device.js';
export type {
  ClientSpec,
  CredentialKind,
  DeviceSpec,
  Duration,
  ExpectStep,
  NeverStep,
  ProgramSpec,
  ReceiveStep,
  RequestStep,
  ServiceSpec,
  StreamSpec,
  StreamStep,
  Where,
} from './specs.js';
export { stepText } from './step_text.js';
export { type Details, detailsText, type Look, Timeline, type TimelineEntry, timelineText } from './timeline.js';
export { type ActorKind, CANCELLED, EVENTS, FAILURE_CODES, SERVICE, TEMPLATES } from './vocabulary.js';
