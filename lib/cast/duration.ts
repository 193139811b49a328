import type { Duration } from './specs.js';

/** A whole or decimal number and its unit. */
export const DURATION_PATTERN = '^[0-9]+(\\.[0-9]+)?(ms|s|m|h)$';
/** The same, forwards or backwards. */
export const SHIFT_PATTERN = '^([+-]?[0-9]+(\\.[0-9]+)?)(ms|s|m|h)$';

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds of a duration that the schema accepts. */
export function durationMs(duration: Duration): number {
  if (typeof duration === 'number') return duration;
  const [, text = '', , unit = ''] = new RegExp(SHIFT_PATTERN).exec(duration) ?? [];
  return Number(text) * (UNITS_MS[unit] ?? Number.NaN);
}

export function durationText(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}
