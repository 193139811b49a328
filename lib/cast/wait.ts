import type { Clock } from '../types/index.js';
import { durationText } from './duration.js';
import { ScenarioFailure } from './failure.js';

export interface Wait<Value> {
  readonly clock: Clock;
  readonly withinMs: number;
  /** What is waited for, or undefined while it is not there. Throws when it cannot come any more. */
  readonly look: () => Value | undefined;
  /** Look again whenever something happens. The function returned ends it. */
  readonly watch: (again: () => void) => () => void;
  /** What is missing: completes "within 5 s ...". */
  readonly missing: () => string;
  /** Nobody waits any longer. */
  readonly signal: AbortSignal;
}

/** Wait until something is there. Rejects with a ScenarioFailure when the time is over. */
export function waitUntil<Value>(wait: Wait<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const end = (finish: () => void) => {
      timer.cancel();
      unwatch();
      wait.signal.removeEventListener('abort', abort);
      finish();
    };
    const abort = () => end(() => reject(wait.signal.reason));
    const timer = wait.clock.startTimer(wait.withinMs, () => {
      end(() => reject(new ScenarioFailure(`within ${durationText(wait.withinMs)} ${wait.missing()}`)));
    });
    const again = () => {
      try {
        const value = wait.look();
        if (value !== undefined) end(() => resolve(value));
      } catch (error) {
        end(() => reject(error));
      }
    };
    const unwatch = wait.watch(again);
    wait.signal.addEventListener('abort', abort, { once: true });
    if (wait.signal.aborted) abort();
    else again();
  });
}

/** Let time pass. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (finish: () => void) => {
      timer.cancel();
      signal.removeEventListener('abort', abort);
      finish();
    };
    const abort = () => end(() => reject(signal.reason));
    const timer = clock.startTimer(ms, () => end(resolve));
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  });
}
