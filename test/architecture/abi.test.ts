import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\//g, '');

const header = withoutComments(read('include/tiRTC.h'));
const errors = read('include/tirtc_errors.h');
const test = withoutComments(read('test/c/abi_test.c'));

/** What is not part of the interface, or is one of its parts only together with another. */
const notInterface = new Set(['TIRTC_TIRTC_H', 'TIRTC_EXTENSION_']);

function found(pattern: RegExp, text: string): readonly string[] {
  return [...text.matchAll(pattern)].map(([, name]) => name ?? '');
}

const names = {
  constants: found(/\b(Ti(?:RTC|EVENT)_[A-Z0-9_]+|TIRTC_[A-Z0-9_]+)\s*=/g, header),
  macros: found(/^#define\s+(\w+)/gm, header).filter((name) => !notInterface.has(name)),
  errors: found(/\bX\((TIRTC_E_\w+),/g, errors),
  functions: found(/^[a-z][\w ]*?[ *](\w+)\((?![\s\S]*?\{)/gm, header.replace(/typedef[\s\S]*?;/g, '')),
  callbacks: found(/\(\*(\w+)\)\(/g, header),
  structures: found(/\}[^;{}]*?(\w+);/g, header).filter((name) => /^Ti|^TI/.test(name)),
};

/** Fewer would mean that they are not found any more. */
const least = { constants: 46, macros: 16, errors: 30, functions: 33, callbacks: 20, structures: 5 } as const;

describe('test/c/abi_test.c', () => {
  it.each(Object.entries(names))('pins all %s of tiRTC.h', (kind, list) => {
    expect(list.length).toBeGreaterThanOrEqual(least[kind as keyof typeof names]);
    const pinned = new Set(test.match(/\w+/g));
    expect(list.filter((name) => !pinned.has(name))).toEqual([]);
  });
});
