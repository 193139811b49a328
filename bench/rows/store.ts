import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeBinary } from '../../test/node_versions/binary.js';
import type { Row } from '../row.js';
import { Program } from '../support/program.js';

const COUNT = 2000;
/** Has SQLite. Both services run in it, so that only the store differs. */
const NODE = 22;

/** Returns the seconds for each device, when all start at once at a new service. */
async function secondsPerStart(...store: readonly string[]): Promise<number> {
  const serving = await Program.startIn(nodeBinary(NODE), 'service', COUNT, ...store);
  const starting = await Program.start('idle_devices', await serving.ask<string>('endpoint'));
  const { perSecond } = await starting.ask<{ readonly perSecond: number }>('open', COUNT);
  await starting.stop();
  await serving.stop();
  return 1 / perSecond;
}

async function withStore(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'tirtc-bench-'));
  try {
    return await secondsPerStart(join(folder, 'store.db'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const storeRows: readonly Row[] = [
  {
    name: 'store-start',
    what: `time for a device to start at a service with a store file, in which it is registered (${COUNT} at once)`,
    against: 'the same service without a store',
    better: 'less',
    good: 1.5,
    great: 1.1,
    open: () =>
      Promise.resolve({ ours: withStore, reference: () => secondsPerStart(), close: () => Promise.resolve() }),
  },
];
