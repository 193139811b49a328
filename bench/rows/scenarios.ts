import type { Row } from '../row.js';
import { Program } from '../support/program.js';

/** The round trip to a service on the other side of a country. */
const AWAY_MS = 20;

export const scenarioRows: readonly Row[] = [
  {
    name: 'scenario-start',
    what: `ms until the 100 devices of a scenario are online, at a service that answers after ${AWAY_MS} ms`,
    against: '100 connects to it, one after the other',
    better: 'less',
    good: 0.1,
    great: 0.05,
    async open() {
      const scenarios = await Program.start('scenarios');
      return {
        ours: () => scenarios.ask<number>('startDevices', AWAY_MS),
        reference: () => scenarios.ask<number>('connectOneByOne', AWAY_MS),
        close: () => scenarios.stop(),
      };
    },
  },
];
