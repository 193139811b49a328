import type { Pair, Row } from '../row.js';
import { Program } from '../support/program.js';

const SIZE = 64;
const FRAMES_PER_BURST = 1024;
const BURSTS = 500;

async function openTurns(): Promise<Pair> {
  const source = await Program.start('bare_service');
  const device = await Program.start('turns', await source.ask<string>('endpoint'));
  return {
    async ours() {
      const kept = device.ask<number>('keep', FRAMES_PER_BURST * BURSTS);
      await source.ask('pour', SIZE, BURSTS, FRAMES_PER_BURST);
      return await kept;
    },
    async close() {
      for (const program of [device, source]) await program.stop();
    },
  };
}

export const turnRows: readonly Row[] = [
  {
    name: 'turns',
    what: 'ms for which a flood of 64 B frames with an empty handler blocks the event loop at once, 99.9 % of turns',
    against: 'measured',
    better: 'less',
    good: 1,
    great: 0.75,
    open: openTurns,
  },
];
