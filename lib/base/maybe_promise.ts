/** A value, or a promise of it: what a store or a look-up of the program may return. */
export type MaybePromise<Value> = Value | PromiseLike<Value>;

/** Whether `value` is a promise, of any realm or library. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/** Returns whether this is a promise, and keeps its type. */
export function isPending<Value>(value: MaybePromise<Value>): value is PromiseLike<Value> {
  return isThenable(value);
}

/** Calls `next` with the value: at once, or when its promise resolves. A value costs no turn of the event loop, so that a
 *  program without promises keeps the order of its events. */
export function chain<Value, Result>(
  value: MaybePromise<Value>,
  next: (value: Value) => MaybePromise<Result>,
): MaybePromise<Result> {
  return isPending(value) ? value.then(next) : next(value);
}
