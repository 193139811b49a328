export { Cast, type CastOptions, makeCredential } from './cast.js';
export type { ClientActor, FrameCount } from './client_actor.js';
export { MovableClock } from './clock.js';
export {
  type CommandRule,
  type CommandScript,
  type CommandTable,
  readCommand,
  readCommandTable,
  readHex,
  type TableAnswer,
} from './command_table.js';
export { DeviceActor, makeDevice, openStream } from './device_actor.js';
export type {
  BehaviourEvent,
  SentStreamReport,
  SimulatedStream,
  SubscribeDemand,
  SubscribeRule,
} from './device_behaviour.js';
export {
  clientOf,
  EXPECTATIONS,
  type ExpectationSteps,
  forEach,
  forEachActor,
  streamOf,
  timeoutOf,
} from './expectations.js';
export { explain, ScenarioBreakdown, ScenarioFailure } from './failure.js';
export type { Duration, Schema, ValueOf } from './json_schema.js';
export * as jsonSchema from './json_schema.js';
export { type ProgramActor, startOf, TEMPLATES } from './program_actor.js';
export { endpointOf, followService, freePort, ServiceActor } from './service_actor.js';
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
export * as specs from './specs.js';
export {
  type Details,
  detailsText,
  stepText,
  Timeline,
  type TimelineEntry,
  type TimelineListener,
  timelineText,
} from './timeline.js';
export { type ActorKind, CANCELLED, EVENTS, FAILURE_CODES, SERVICE } from './vocabulary.js';
export { durationMs, durationText } from './wait.js';
