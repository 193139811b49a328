import { ErrorCode, TiRtcError } from '../errors/index.js';
import type { Clock, Timer } from '../types/index.js';
import type { WaitOptions } from './checks.js';

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
