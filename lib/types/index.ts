export type { MediaClass } from '../wire/index.js';
export type {
  Command,
  CommandAnswer,
  CommandHandler,
  CommandWord,
  Connection,
  ConnectionEvents,
  ConnectionState,
  ConnectionStats,
  ConnectTarget,
  Frame,
  FrameIteratorOptions,
  IteratorOptions,
  OutgoingFrame,
  OutgoingMessage,
  RequestOptions,
  SubscribeAnswer,
  SubscribeHandler,
  TrafficByKind,
  TrafficKind,
} from './connection.js';
export type { Clock, Logger, Timer, WallClock } from './environment.js';
