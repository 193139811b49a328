import type { Clock } from '../types/index.js';

/** The time a service lives by: timers, and the date that tokens are checked against. */
export interface ServiceClock extends Clock {
  /** Milliseconds since 1970. */
  wallMs(): number;
}

/** The clock of the machine. Its timers do not keep a finished process alive; the listening socket does. */
export const systemClock: ServiceClock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  startTimer: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs).unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
