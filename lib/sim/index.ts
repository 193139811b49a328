export {
  type CommandRule,
  type CommandScript,
  type CommandTable,
  readCommand,
  readCommandTable,
  readHex,
  type TableAnswer,
} from './command_table.js';
export type {
  BehaviourNews,
  SentStreamReport,
  SimulatedStream,
  SubscribeDemand,
  SubscribeRule,
} from './device_behaviour.js';
export {
  Clip,
  type ClipFrame,
  type ClipOptions,
  ClockPicture,
  MediaError,
  type MediaErrorCode,
  type MediaOptions,
  type MediaSource,
  openMedia,
  parseMedia,
  toneSource,
} from './media/index.js';
export type { ReceivedStreamReport } from './record/media_receiver.js';
export * from './scenario/index.js';
export { SimulatedClient, type SimulatedClientEvents, type SimulatedClientOptions } from './simulated_client.js';
export {
  type PeerReport,
  SimulatedDevice,
  type SimulatedDeviceEvents,
  type SimulatedDeviceOptions,
  type SimulatedPeer,
} from './simulated_device.js';
