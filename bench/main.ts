// npm run bench [-- [--rounds N] row...]      prints the table and writes bench/results.md
import { parseArgs } from 'node:util';
import { buildPrograms } from './build.js';
import { head, line, printed, writeResults } from './report.js';
import { measure, type Result } from './row.js';
import { rows } from './rows/index.js';

const LEAST_ROUNDS = 5;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { rounds: { type: 'string' } } });
const rounds = Math.max(LEAST_ROUNDS, Number(values.rounds ?? LEAST_ROUNDS));
const unknown = positionals.filter((name) => rows.every((row) => row.name !== name));
if (unknown.length > 0 || Number.isNaN(rounds)) {
  console.error(
    `usage: npm run bench [-- [--rounds N] ROW...], where ROW is one of ${rows.map(({ name }) => name).join(' ')}`,
  );
  process.exit(2);
}
const wanted = rows.filter(({ name }) => positionals.length === 0 || positionals.includes(name));

await buildPrograms();
console.log(head);
const results: Result[] = [];
for (const row of wanted) {
  const result = await measure(row, rounds);
  results.push(result);
  console.log(line(printed(result)));
}
// The page has all rows, measured in one run, so a run of some rows does not change it.
if (positionals.length === 0) writeResults(results, rounds);
