export type { ServiceClock } from './clock.js';
export type { ConnectionInfo, ServiceEvents } from './events.js';
export type { HttpAnswer } from './http_answer.js';
export type { LinkEnd } from './link.js';
export { SERVICE_OPTION_NAMES, type SimulatedServiceOptions } from './options.js';
export type { ScriptedAnswer } from './script.js';
export type { SeenRequest } from './seen.js';
export { type Listening, SimulatedService } from './service.js';
