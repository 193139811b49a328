export { backgroundClock, systemClock, wallSeconds } from './clock.js';
export { SafeEmitter } from './emitter.js';
export { RefCount } from './ref_count.js';
export { isThenable, runCallback } from './run_callback.js';
export { checkSignal, checkWait, delay, timedOut, type Wait, type Waiter, type WaitOptions, wait } from './wait.js';
export { Waiters } from './waiters.js';
