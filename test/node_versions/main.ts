// npm run test:node-versions [-- 20 22 24]      tests devices with each of these Node versions; npm provides the others
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { nodeBinary } from './binary.js';

/** How devices load, start, connect and end, and that unused ones are freed. */
const TESTS = ['life', 'forgotten', 'start', 'connect', 'back_pressure'].map((name) => `test/device/${name}.test.ts`);
const VITEST = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));

const given = process.argv.slice(2).map(Number);
for (const major of given.length > 0 ? given : [20, 22, 24]) {
  const node = nodeBinary(major);
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
  process.stdout.write(`\nNode ${version}\n`);
  const { status } = spawnSync(node, [VITEST, 'run', ...TESTS, 'test/native/load.test.ts'], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
