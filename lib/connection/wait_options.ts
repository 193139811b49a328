import { inspectForError, invalidParameter, refuseUnknownKeys } from '../errors/index.js';

/** What a call that waits may be given. */
export interface WaitOptions {
  /** Gives the wait up; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Gives the wait up after so long. */
  readonly timeoutMs?: number | undefined;
}

const MAX_TIMER_MS = 0x7fff_ffff;

/** Check the options of a call that waits. `keys` are all that it takes. */
export function checkWait(call: string, options: WaitOptions, keys: readonly string[] = ['timeoutMs', 'signal']): void {
  refuseUnknownKeys(call, options, keys);
  const { timeoutMs, signal } = options;
  if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs > 0 && timeoutMs <= MAX_TIMER_MS)) {
    const expected = `give milliseconds above 0, at most ${MAX_TIMER_MS}`;
    throw invalidParameter(`${call}: timeoutMs is ${inspectForError(timeoutMs)}`, expected);
  }
  checkSignal(call, signal);
}

/** Signals of other realms are signals too. */
export function checkSignal(call: string, signal: AbortSignal | undefined): void {
  if (signal === undefined) return;
  const looksRight = typeof signal === 'object' && signal !== null && typeof signal.addEventListener === 'function';
  if (!looksRight || typeof signal.aborted !== 'boolean') {
    throw invalidParameter(
      `${call}: signal is no AbortSignal`,
      'give the signal of an AbortController, or leave it out',
    );
  }
}
