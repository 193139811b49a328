export { Device } from './device.js';
export type { ConnectOptions, DeviceEvents, DeviceState, StartFailure, StartOptions } from './device_types.js';
export type { DeviceOptions } from './options.js';
