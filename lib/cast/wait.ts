import { wait } from '../base/index.js';
import type { Clock } from '../types/index.js';
import { type Duration, SHIFT_PATTERN } from './json_schema.js';
import { ScenarioFailure } from './vocabulary.js';

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Returns the milliseconds of a duration that the schema accepts. */
export function durationMs(duration: Duration): number {
  if (typeof duration === 'number') return duration;
  const [, text = '', , unit = ''] = new RegExp(SHIFT_PATTERN).exec(duration) ?? [];
  return Number(text) * (UNITS_MS[unit] ?? Number.NaN);
}

export function durationText(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

export interface Condition {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Ends the wait; it rejects with the reason. */
  readonly signal: AbortSignal;
  /** Returns whether the condition holds. Throws when it can no longer hold. */
  readonly holds: () => boolean;
  /** Call `again` after every change that matters. Returns a function that ends this. */
  readonly watch: (again: () => void) => () => void;
  /** Returns what is missing: completes "within 5 s ...". */
  readonly missing: () => string;
}

/** Wait until a condition holds. Rejects with a ScenarioFailure on timeout. */
export function waitUntil({ clock, timeoutMs, signal, holds, watch, missing }: Condition): Promise<void> {
  let unwatch: (() => void) | undefined;
  return wait<void>({
    clock,
    signal,
    timeoutMs,
    begin: (waiter) => {
      const again = () => {
        try {
          if (holds()) waiter.resolve();
        } catch (error) {
          waiter.reject(error);
        }
      };
      unwatch = watch(again);
      again();
    },
    timeoutError: () => new ScenarioFailure(`within ${durationText(timeoutMs)} ${missing()}`),
    finished: () => unwatch?.(),
  });
}
