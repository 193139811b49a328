import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const folder = fileURLToPath(new URL('../../native/core/', import.meta.url));

/** Headers that need the type of a module which calls their functions; every other include points down. */
const typesOnly: readonly (readonly [header: string, module: string])[] = [
  ['peer_command.h', 'connection'],
  ['connection_table.h', 'connection'],
];

const files = readdirSync(folder).filter((file) => /\.[ch]$/.test(file));
const moduleOf = (file: string) => file.replace(/\.[ch]$/, '');

function includedBy(file: string): readonly string[] {
  const found = readFileSync(folder + file, 'utf8').matchAll(/^#include "([a-z_0-9]+)\.h"$/gm);
  return [...found]
    .map(([, name]) => name ?? '')
    .filter((name) => files.includes(`${name}.h`) && name !== moduleOf(file))
    .filter((name) => !typesOnly.some(([header, module]) => header === file && module === name));
}

function findCycle(): readonly string[] {
  const done = new Set<string>();
  const visit = (module: string, path: readonly string[]): readonly string[] => {
    if (path.includes(module)) return [...path.slice(path.indexOf(module)), module];
    if (done.has(module)) return [];
    for (const file of files.filter((candidate) => moduleOf(candidate) === module)) {
      for (const next of includedBy(file)) {
        const cycle = visit(next, [...path, module]);
        if (cycle.length > 0) return cycle;
      }
    }
    done.add(module);
    return [];
  };
  return files.map((file) => visit(moduleOf(file), [])).find((cycle) => cycle.length > 0) ?? [];
}

test('the includes of the core form no cycle, apart from the listed types', () => {
  expect(findCycle()).toEqual([]);
});

test('every listed header includes the type for which it is listed', () => {
  for (const [header, module] of typesOnly) {
    expect(readFileSync(folder + header, 'utf8'), header).toContain(`#include "${module}.h"`);
  }
});

test('nothing in the core but the calls of tirtc_device.h includes the device', () => {
  const users = files.filter((file) => includedBy(file).includes('device') || moduleOf(file) === 'device');
  expect(users).toEqual(['connection_api.c', 'device.c', 'device.h', 'send.c']);
});
