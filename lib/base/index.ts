export { checkInteger, checkSignal, checkWait, type WaitOptions } from './checks.js';
export { backgroundClock, systemClock, wallSeconds } from './clock.js';
export { runCallback, SafeEmitter } from './emitter.js';
export { chain, isPending, isThenable, type MaybePromise } from './maybe_promise.js';
export { RefCount } from './ref_count.js';
export { delay, timedOut, type Wait, type Waiter, wait } from './wait.js';
export { Waiters } from './waiters.js';
