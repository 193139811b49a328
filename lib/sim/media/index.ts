export { type AccessUnit, splitAccessUnits } from './h264.js';
export { MediaError } from './media_error.js';
export { splitSamples } from './samples.js';
