export { backgroundClock, systemClock, wallSeconds } from './clock.js';
export { isThenable, runCallback, SafeEmitter } from './emitter.js';
export { RefCount } from './ref_count.js';
export { checkSignal, checkWait, delay, timedOut, type Wait, type Waiter, type WaitOptions, wait } from './wait.js';
export { Waiters } from './waiters.js';
