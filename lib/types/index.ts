export type { MediaClass } from '../wire/index.js';
export type * from './clock_and_logger.js';
export type * from './connection.js';
