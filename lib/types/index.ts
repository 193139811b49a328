export type { MediaClass } from '../wire/index.js';
export type * from './connection.js';
export type * from './environment.js';
