/** Runs a callback of the program. Never throws: what the callback throws, or its promise rejects with, goes to `failed`. */
export function runCallback(callback: () => unknown, failed: (error: unknown) => void): void {
  try {
    const result = callback();
    if (isThenable(result)) result.then(undefined, failed);
  } catch (error) {
    failed(error);
  }
}

/** Whether `value` is a promise, of any realm or library. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
