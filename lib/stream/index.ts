export { type BytesFromOptions, bytesFrom, type FramesFromOptions, framesFrom } from './receive.js';
export { type BytesToOptions, bytesTo, type FramesToOptions, framesTo } from './send.js';
