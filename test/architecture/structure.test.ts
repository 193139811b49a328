import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cyclesOf, filesBelow, importsOf, read, resolveImport } from './repository.js';

const files = filesBelow('lib', /\.ts$/);
const moduleOf = (file: string): string => file.split('/')[1] ?? '';
const importedBy = (file: string): readonly string[] =>
  importsOf(file)
    .filter((name) => name.startsWith('.'))
    .map((name) => resolveImport(file, name));

/** Pairs of files that name each other's types. At most three. */
const typePairs: readonly (readonly [string, string])[] = [];

/** Files of under 20 lines that are not an index, and why they are files. */
const shortFiles: Readonly<Record<string, string>> = {
  'lib/service/internal.ts': 'an index too: of what the package does not export',
};

describe('the structure of lib', () => {
  it('has at most 240 files', () => {
    expect(files.length).toBeGreaterThan(100);
    expect(files.length).toBeLessThanOrEqual(240);
  });

  it('a module is imported through its index', () => {
    const past = files
      .filter((file) => dirname(file) !== 'lib')
      .flatMap((file) =>
        importedBy(file)
          .filter((path) => moduleOf(path) !== moduleOf(file) && !/^lib\/\w+\/(index|browser|internal)\.ts$/.test(path))
          .map((path) => `${file} imports ${path}`),
      );
    expect(past).toEqual([]);
  });

  it('no files import each other in a cycle, except pairs that share types', () => {
    const graph = new Map(files.map((file) => [file, importedBy(file)]));
    expect(cyclesOf(graph)).toEqual(typePairs);
    expect(typePairs.length).toBeLessThanOrEqual(3);
  });

  it('no modules depend on each other in a cycle', () => {
    const graph = new Map<string, string[]>();
    for (const file of files.filter((one) => dirname(one) !== 'lib')) {
      const needed = importedBy(file)
        .map(moduleOf)
        .filter((module) => module !== moduleOf(file));
      graph.set(moduleOf(file), [...(graph.get(moduleOf(file)) ?? []), ...needed]);
    }
    expect(cyclesOf(graph)).toEqual([]);
  });

  it('no two exported types or classes share a name', () => {
    const homes = new Map<string, string[]>();
    for (const file of files) {
      for (const [, name = ''] of read(file).matchAll(/^export (?:abstract )?(?:interface|type|class) (\w+)/gm)) {
        homes.set(name, [...(homes.get(name) ?? []), file]);
      }
    }
    // Node and browsers have a class Client each, with the same interface.
    homes.delete('Client');
    expect([...homes].filter(([, places]) => places.length > 1)).toEqual([]);
  });

  it('no file has fewer than 20 lines without a reason', () => {
    const short = files.filter((file) => !file.endsWith('/index.ts') && read(file).split('\n').length - 1 < 20);
    expect(short.sort()).toEqual(Object.keys(shortFiles).sort());
  });
});
