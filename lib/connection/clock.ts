import type { Clock } from '../types/index.js';

/** The longest that setTimeout() waits; what is more it takes for 1 ms. */
const MAX_TIMEOUT_MS = 0x7fff_ffff;

/** The clock of the machine, in Node and in browsers. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  startTimer: (delayMs, callback) => {
    let timer: ReturnType<typeof setTimeout>;
    const wait = (leftMs: number): void => {
      timer =
        leftMs > MAX_TIMEOUT_MS
          ? setTimeout(wait, MAX_TIMEOUT_MS, leftMs - MAX_TIMEOUT_MS)
          : setTimeout(callback, leftMs);
    };
    wait(delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};
