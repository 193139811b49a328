export type { ConnectOptions, TestClient } from './client.js';
export { type Emulated, emulated } from './emulated.js';
export { Emulator } from './emulator.js';
export type { EventOptions, Expectations, Named, StreamOptions } from './expectations.js';
export type { ClientOptions, Credentials, DeviceOptions, EmulatorOptions, ProgramOptions } from './options.js';
export type { TestProgram } from './program.js';
