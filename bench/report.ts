import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, platform, release } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Result } from './row.js';

const FILE = fileURLToPath(new URL('results.md', import.meta.url));
const COLUMNS = ['row', 'ratio', 'range', 'good', 'great', 'verdict'] as const;
const WIDTHS = [20, 8, 16, 8, 8, 7] as const;

type Cells = Readonly<Record<(typeof COLUMNS)[number], string>>;

export function printed({ row, ratio, lowest, highest, verdict }: Result): Cells {
  const sign = row.better === 'more' ? '≥' : '≤';
  return {
    row: row.name,
    ratio: figure(ratio),
    range: `${figure(lowest)} to ${figure(highest)}`,
    good: `${sign} ${figure(row.good)}`,
    great: `${sign} ${figure(row.great)}`,
    verdict,
  };
}

export function line(cells: Cells): string {
  return COLUMNS.map((name, i) => cells[name].padEnd(WIDTHS[i] ?? 0)).join(' ');
}

export const head = line(Object.fromEntries(COLUMNS.map((name) => [name, name])) as Cells);

/** Formats a number with three significant digits. */
function figure(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** Returns the text of bench/results.md: the table, and where and when it was made. */
export function writeResults(results: readonly Result[], rounds: number): void {
  const [{ model } = { model: 'unknown' }] = cpus();
  const git = (...words: readonly string[]) => execFileSync('git', words, { encoding: 'utf8' }).trim();
  const changed = git('status', '--porcelain', '--untracked-files=no') === '' ? '' : ', with changes';
  const table = results.map((result) => {
    const { ratio, range, good, great, verdict, row } = printed(result);
    const { what, against } = result.row;
    return `| ${row} | ${what} | ${against} | ${ratio} | ${range} | ${good} | ${great} | ${verdict} |`;
  });
  const page = [
    '# Results of `npm run bench`',
    '',
    `${new Date().toISOString().slice(0, 10)}, commit ${git('rev-parse', '--short', 'HEAD')}${changed}, Node ${process.versions.node}, ${platform()} ${release()}, ${cpus().length} × ${model.trim()}.`,
    '',
    `Each ratio is ours ÷ reference, the median of ${rounds} interleaved rounds on one machine; the range is that of the rounds. A count has no reference.`,
    '',
    '| row | what | against | ratio | range | good | great | verdict |',
    '|---|---|---|---|---|---|---|---|',
    ...table,
    '',
  ];
  writeFileSync(FILE, page.join('\n'));
}
