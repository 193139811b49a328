export type { TestClient, TestConnectOptions, TestProgram } from './client_and_program.js';
export { type Emulated, emulated } from './emulated.js';
export { Emulator } from './emulator.js';
export type { Expectations, Named, TestEventOptions, TestStreamOptions } from './expectations.js';
export type {
  Credentials,
  EmulatorOptions,
  TestClientOptions,
  TestDeviceOptions,
  TestProgramOptions,
} from './options.js';
