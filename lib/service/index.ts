export type { MaybePromise } from '../base/index.js';
export { BYE_REASONS, type ByeName } from '../errors/index.js';
export type { WallClock } from '../types/index.js';
export type { LinkName } from '../wire/index.js';
export type { ConnectionInfo, Listening, ServiceEvents } from './events.js';
export {
  checkFault,
  FAULT_KINDS,
  FAULT_RULES,
  type Fault,
  type FaultEvent,
  type FaultField,
  type FaultKind,
  type FaultLogEntry,
  type FaultRule,
  type FaultTiming,
  type InjectedFault,
  type LinkTarget,
  type UpgradeTarget,
} from './faults/fault.js';
export type { LinkEnd } from './link.js';
export type { NetworkPort, ServiceNetwork } from './network.js';
export {
  SERVICE_OPTION_NAMES,
  type ServiceTls,
  type SimulatedServiceOptions,
} from './options.js';
export type { RequestRefusal } from './refusal_log.js';
export type { LoggedRequest } from './request_log.js';
export type { EnvelopeAnswer, RawAnswer, RouteAnswer } from './route_answer.js';
export type { RouteHandler, RouteRequest } from './routes.js';
export type { HttpAnswer, ScriptedAnswer } from './scripted_answers.js';
export type { SecretSource } from './secret_keys.js';
export { SimulatedService } from './service.js';
export { MemoryStore } from './store/memory.js';
export { SqliteStore } from './store/sqlite.js';
export type { SqliteDatabase, SqliteStatement } from './store/sqlite_library.js';
export type { IssuedTicket, SecretKind, ServiceStore, StoredTicket, TicketOwner } from './store/store.js';
