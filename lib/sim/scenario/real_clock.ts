import { systemClock as monotonicClock } from '../../connection/index.js';
import { systemClock as serviceClock } from '../../service/clock.js';
import type { ScenarioClock } from './world.js';

/** The clock of the machine. Its timers keep the process alive. */
export const realClock: ScenarioClock = { ...monotonicClock, wallMs: serviceClock.wallMs };
