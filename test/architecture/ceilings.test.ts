import { describe, expect, it } from 'vitest';
import { read, trackedFiles } from './repository.js';

const files = trackedFiles.filter((file) => /\.(c|h|cc|ts)$/.test(file));

const isTest = (file: string) => file.startsWith('test/');
const linesOf = (file: string) => read(file).split('\n');

function ceilingOf(file: string): number {
  if (isTest(file)) return 600;
  if (file.endsWith('.ts')) return file.includes('.generated.') ? 600 : 300;
  return file.endsWith('.cc') ? 400 : 800;
}

/** Lines of each C function, found by its braces in the first column, as the formatter puts them. */
function longFunctions(file: string, most: number): readonly string[] {
  const found: string[] = [];
  let opened = -1;
  linesOf(file).forEach((line, index) => {
    if (line === '{') opened = index;
    if (line === '}' && opened >= 0) {
      if (index - opened - 1 > most) found.push(`${file}:${opened + 1} has a function of ${index - opened - 1} lines`);
      opened = -1;
    }
  });
  return found;
}

describe('ceilings', () => {
  it('finds the files', () => {
    expect(files.length).toBeGreaterThan(100);
  });

  it('no file is longer than its ceiling', () => {
    const long = files.filter((file) => linesOf(file).length - 1 > ceilingOf(file));
    expect(long.map((file) => `${file} has ${linesOf(file).length - 1} lines`)).toEqual([]);
  });

  it('no C function is longer than 60 lines', () => {
    expect(files.filter((file) => /\.c$/.test(file)).flatMap((file) => longFunctions(file, 60))).toEqual([]);
  });

  it('no line of C is longer than 120 columns', () => {
    const wide = files
      .filter((file) => /\.(c|h|cc)$/.test(file))
      .flatMap((file) => linesOf(file).flatMap((line, index) => (line.length > 120 ? [`${file}:${index + 1}`] : [])));
    expect(wide).toEqual([]);
  });
});
