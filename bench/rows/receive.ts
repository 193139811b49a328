import type { Pair, Row } from '../row.js';
import { cProgram, Program } from '../support/program.js';

const SIZE = 1024;
const FRAMES_PER_BURST = 256;
/** Enough frames that compilation by the JIT compiler does not matter. */
const BURSTS = 2000;
const FRAMES = FRAMES_PER_BURST * BURSTS;

type Mode = 'events' | 'lent' | 'batches';

async function openReceive(way: Mode): Promise<Pair> {
  const source = await Program.start('bare_service');
  const device = await Program.start('receive', await source.ask<string>('endpoint'));
  const copies = await Program.start('receive_copies', cProgram('copying_addon.node'));
  return {
    async ours() {
      const rate = device.ask<number>('count', way, FRAMES);
      await source.ask('pour', SIZE, BURSTS, FRAMES_PER_BURST);
      return await rate;
    },
    reference: () => copies.ask<number>('run', SIZE, FRAMES),
    async close() {
      for (const program of [device, source, copies]) await program.stop();
    },
  };
}

/** Measures frames per second of the thread that runs the handler, of which a gateway has only one. */
function receiveRow(name: string, way: Mode, how: string, good: number, great: number): Row {
  return {
    name,
    what: `1 KB frames from the core to a JS handler, ${how}, per second of its thread`,
    against: 'one ThreadSafeFunction call per event with a copied Buffer',
    better: 'more',
    good,
    great,
    open: () => openReceive(way),
  };
}

export const receiveRows: readonly Row[] = [
  receiveRow('receive', 'lent', 'one call per frame, lent', 5, 10),
  receiveRow('receive-batches', 'batches', 'in batches, lent', 15, 30),
  receiveRow('receive-events', 'events', 'one event per frame, copied', 2, 3),
];
