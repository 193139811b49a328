import { inspectForError, invalidParameter, refuseUnknownKeys } from '../errors/index.js';

/** The options of a call that waits. */
export interface WaitOptions {
  /** Ends the wait; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** The longest wait, in ms. */
  readonly timeoutMs?: number | undefined;
}

const MAX_TIMEOUT_MS = 0x7fff_ffff;

/** Checks the options of a call that waits. `keys` are all the keys that it accepts. */
export function checkWait(call: string, options: WaitOptions, keys: readonly string[] = ['timeoutMs', 'signal']): void {
  refuseUnknownKeys(call, options, keys);
  const { timeoutMs, signal } = options;
  if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS)) {
    const advice = `give milliseconds above 0, at most ${MAX_TIMEOUT_MS}`;
    throw invalidParameter(`${call}: timeoutMs is ${inspectForError(timeoutMs)}`, advice);
  }
  checkSignal(call, signal);
}

/** Accepts signals of other realms too, so it does not use instanceof. */
export function checkSignal(call: string, signal: AbortSignal | undefined): void {
  if (signal === undefined) return;
  const isTarget = typeof signal === 'object' && signal !== null && typeof signal.addEventListener === 'function';
  if (isTarget && typeof signal.aborted === 'boolean') return;
  throw invalidParameter(`${call}: signal is not an AbortSignal`, 'give the signal of an AbortController, or none');
}

/** Returns `value` if it is an integer from `min` to `max`; else throws an error that names it as `what`. */
export function checkInteger(what: string, value: unknown, min: number, max = Infinity, advice?: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max) return value;
  const range = max === Infinity ? `${min} on` : `${min} to ${max}`;
  throw invalidParameter(`${what} is ${inspectForError(value)}`, advice ?? `use an integer from ${range}`);
}
