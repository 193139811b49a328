import type { Clock } from '../types/index.js';

/** The clock of the machine, in Node and in browsers. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  startTimer: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};
