import type { Pair, Row } from '../row.js';
import { cProgram, Program } from '../support/program.js';

const SIZE = 1024;
const FRAMES_PER_BURST = 256;
const BURSTS = 200;
const FRAMES = FRAMES_PER_BURST * BURSTS;

async function openReceive(): Promise<Pair> {
  const source = await Program.start('bare_service');
  const device = await Program.start('receive', await source.ask<string>('endpoint'));
  const copies = await Program.start('receive_copies', cProgram('copying_addon.node'));
  return {
    async ours() {
      const rate = device.ask<number>('count', FRAMES);
      await source.ask('pour', SIZE, BURSTS, FRAMES_PER_BURST);
      return await rate;
    },
    reference: () => copies.ask<number>('run', SIZE, FRAMES),
    async close() {
      for (const program of [device, source, copies]) await program.stop();
    },
  };
}

export const receiveRows: readonly Row[] = [
  {
    name: 'receive',
    what: 'frames from the core to a JS handler, 1 KB, one call per frame',
    against: 'one ThreadSafeFunction call per event with a copied Buffer, no network',
    better: 'more',
    good: 5,
    great: 10,
    open: openReceive,
  },
];
