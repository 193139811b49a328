import { wait } from '../base/index.js';
import type { Clock } from '../types/index.js';
import { durationText } from './duration.js';
import { ScenarioFailure } from './failure.js';

export interface Condition<Value> {
  readonly clock: Clock;
  readonly withinMs: number;
  /** Returns the value, or undefined while the condition does not hold. Throws if it can no longer hold. */
  readonly look: () => Value | undefined;
  /** Calls `again` with every change that matters. Returns a function that ends it. */
  readonly watch: (again: () => void) => () => void;
  /** Describes what is missing: completes "within 5 s ...". */
  readonly missing: () => string;
  readonly signal: AbortSignal;
}

/** Waits until the condition holds. Rejects with a ScenarioFailure after `withinMs`. */
export function waitUntil<Value>({ clock, withinMs, look, watch, missing, signal }: Condition<Value>): Promise<Value> {
  let unwatch: (() => void) | undefined;
  return wait<Value>({
    clock,
    signal,
    timeoutMs: withinMs,
    begin: (waiter) => {
      const again = () => {
        try {
          const value = look();
          if (value !== undefined) waiter.resolve(value);
        } catch (error) {
          waiter.reject(error);
        }
      };
      unwatch = watch(again);
      again();
    },
    timeoutError: () => new ScenarioFailure(`within ${durationText(withinMs)} ${missing()}`),
    finished: () => unwatch?.(),
  });
}
