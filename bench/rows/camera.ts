import type { Row } from '../row.js';
import { Streaming } from '../support/streaming.js';

const WINDOW_SECONDS = 5;

export const cameraRows: readonly Row[] = [
  {
    name: 'camera-1m',
    what: 'a simulated device streams 1 Mbit/s, % of a core',
    against: 'counted',
    better: 'less',
    good: 2,
    great: 1,
    async open() {
      const streaming = await Streaming.start();
      return {
        ours: async () => (await streaming.measure(WINDOW_SECONDS)).processorPercent,
        close: () => streaming.stop(),
      };
    },
  },
];
