import { ErrorCode, inspectForError, invalidParameter, refuseUnknownKeys, TiRtcError } from '../errors/index.js';
import type { Clock, Timer } from '../types/index.js';

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
  if (timeoutMs !== undefined) checkTimeout(call, 'timeoutMs', timeoutMs);
  checkSignal(call, signal);
}

export function checkTimeout(call: string, name: string, value: unknown): void {
  if (typeof value === 'number' && value > 0 && value <= MAX_TIMEOUT_MS) return;
  throw invalidParameter(
    `${call}: ${name} is ${inspectForError(value)}`,
    `give milliseconds above 0, at most ${MAX_TIMEOUT_MS}`,
  );
}

/** Accepts signals of other realms too, so it does not use instanceof. */
export function checkSignal(call: string, signal: AbortSignal | undefined): void {
  if (signal === undefined) return;
  const isTarget = typeof signal === 'object' && signal !== null && typeof signal.addEventListener === 'function';
  if (isTarget && typeof signal.aborted === 'boolean') return;
  throw invalidParameter(
    `${call}: signal is not an AbortSignal`,
    'give the signal of an AbortController, or leave it out',
  );
}

export interface Waiter<Value> {
  resolve(value: Value): void;
  reject(error: unknown): void;
}

export interface Wait<Value> extends WaitOptions {
  readonly clock: Clock;
  /** Begins the operation. If it throws, the wait rejects with that error. */
  readonly begin: (waiter: Waiter<Value>) => void;
  /** Makes the error of a timeout; needed with `timeoutMs`. */
  readonly timeoutError?: (timeoutMs: number) => Error;
  /** Called once if the deadline or the signal ended the wait, to cancel the operation. */
  readonly abandoned?: () => void;
  /** Called once when the wait is over, before `abandoned`. */
  readonly finished?: () => void;
}

/** Returns a promise with a deadline and a signal. */
export function wait<Value>(options: Wait<Value>): Promise<Value> {
  const { signal, timeoutMs, clock, begin, abandoned, finished, timeoutError = timedOut('no result') } = options;
  return new Promise<Value>((resolve, reject) => {
    let isOver = false;
    const finish = (settle: () => void): void => {
      if (isOver) return;
      isOver = true;
      timer?.cancel();
      signal?.removeEventListener('abort', abort);
      settle();
      finished?.();
    };
    const waiter: Waiter<Value> = {
      resolve: (value) => finish(() => resolve(value)),
      reject: (error) => finish(() => reject(error)),
    };
    const abandon = (reason: unknown): void => {
      waiter.reject(reason);
      abandoned?.();
    };
    const abort = (): void => abandon(signal?.reason);
    const timer =
      timeoutMs === undefined ? undefined : clock.startTimer(timeoutMs, () => abandon(timeoutError(timeoutMs)));
    signal?.addEventListener('abort', abort, { once: true });
    try {
      signal?.throwIfAborted();
      begin(waiter);
    } catch (error) {
      waiter.reject(error);
    }
  });
}

/** Makes the error of a timeout: "`what` in 5 ms". */
export function timedOut(what: string): (timeoutMs: number) => TiRtcError {
  return (timeoutMs) => new TiRtcError({ what: `${what} in ${timeoutMs} ms`, number: ErrorCode.TIMEOUTED });
}

/** Resolves after `delayMs`; rejects with the signal's reason. */
export function delay(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  let timer: Timer | undefined;
  return wait<void>({
    clock,
    signal,
    begin: ({ resolve }) => {
      timer = clock.startTimer(delayMs, () => resolve());
    },
    finished: () => timer?.cancel(),
  });
}
