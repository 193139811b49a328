import type { WallClock } from '../types/index.js';

/** The longest delay setTimeout() accepts; it treats a longer one as 1 ms. */
const MAX_TIMEOUT_MS = 0x7fff_ffff;

function clockOfTheMachine(timersKeepTheProcessAlive: boolean): WallClock {
  return {
    nowMs: () => performance.now(),
    wallMs: () => Date.now(),
    startTimer: (delayMs, callback) => {
      let timer: ReturnType<typeof setTimeout>;
      const wait = (remainingMs: number): void => {
        timer =
          remainingMs > MAX_TIMEOUT_MS
            ? setTimeout(wait, MAX_TIMEOUT_MS, remainingMs - MAX_TIMEOUT_MS)
            : setTimeout(callback, remainingMs);
        if (!timersKeepTheProcessAlive) timer.unref();
      };
      wait(delayMs);
      return { cancel: () => clearTimeout(timer) };
    },
  };
}

/** The clock of the machine, in Node and in browsers. */
export const systemClock = clockOfTheMachine(true);

/** The same clock, for Node only: its timers do not keep the process alive. */
export const backgroundClock = clockOfTheMachine(false);

/** Returns the system's wall clock in whole seconds since 1970. */
export function wallSeconds(): number {
  return Math.floor(systemClock.wallMs() / 1000);
}
