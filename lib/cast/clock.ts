import { systemClock } from '../connection/index.js';
import type { ServiceClock } from '../service/index.js';

/** The clock of the machine. Its timers keep the process alive. */
export const realClock: ServiceClock = { ...systemClock, wallMs: () => Date.now() };
