import type { WallClock } from '../types/index.js';

export { backgroundClock as systemClock } from '../base/index.js';

export type ServiceClock = WallClock;
