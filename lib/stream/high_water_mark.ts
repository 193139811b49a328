import { inspectForError, invalidParameter } from '../errors/index.js';

/** How much may wait in a stream, in its own unit; Node would refuse it in other words. */
export function checkHighWaterMark(call: string, highWaterMark = 0): void {
  if (Number.isInteger(highWaterMark) && highWaterMark >= 0) return;
  throw invalidParameter(`${call}: highWaterMark is ${inspectForError(highWaterMark)}`, 'give a whole number');
}
