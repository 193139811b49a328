import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(root, 'docs/compatibility.md'), 'utf8');

/** The rows of the tables, without their heads. */
const rows = page
  .split('\n')
  .filter((line) => /^\| (?!Case )/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()));

const testsOf = (cell: string) =>
  [...cell.matchAll(/`([^`#]+)#([^`]+)`/g)].map(([, file = '', name = '']) => ({ file, name }));

/** C: the case is written and run. TypeScript: a test, or one of a list, bears that name. */
function exists(file: string, name: string): boolean {
  const path = join(root, file);
  if (!existsSync(path)) return false;
  const text = readFileSync(path, 'utf8');
  if (file.endsWith('.c')) return text.includes(`TEST(${name})`) && text.includes(`RUN(${name});`);
  return ["'", '"', '`'].some((quote) => text.includes(`${quote}${name}${quote}`));
}

describe('docs/compatibility.md', () => {
  it('has every table whole', () => {
    expect(rows.length).toBeGreaterThan(60);
    expect(rows.filter((cells) => cells.length !== 7).map((cells) => cells[1])).toEqual([]);
    expect(rows.filter((cells) => cells.slice(1, 6).includes('')).map((cells) => cells[1])).toEqual([]);
  });

  it('names at least one test in every row', () => {
    expect(rows.filter((cells) => testsOf(cells[5] ?? '').length === 0).map((cells) => cells[1])).toEqual([]);
  });

  it('names only tests that exist', () => {
    const named = rows.flatMap((cells) => testsOf(cells[5] ?? ''));
    const missing = named.filter(({ file, name }) => !exists(file, name));
    expect(missing.map(({ file, name }) => `${file}#${name}`)).toEqual([]);
  });
});
