export type { Clock, Timer } from './clock.js';
export type {
  Command,
  CommandAnswer,
  CommandHandler,
  CommandWord,
  Connection,
  ConnectionEvents,
  ConnectionState,
  ConnectionStats,
  Frame,
  FrameIteratorOptions,
  IteratorOptions,
  OutgoingFrame,
  OutgoingMessage,
  RequestOptions,
  SubscribeAnswer,
  SubscribeHandler,
} from './connection.js';
