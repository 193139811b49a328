export { Device } from './device.js';
export { DeviceLoop } from './device_loop.js';
export type * from './device_types.js';
export type { EventReader } from './event_reader.js';
export type { DeviceOptions, LinkMode } from './options.js';
export { ServiceRequestError } from './service_answer.js';
export { serviceRequest } from './service_request.js';
export { type FarEnd, SteppedWorld } from './stepped_world.js';
