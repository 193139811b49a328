import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const GUIDES = readdirSync(join(ROOT, 'docs/guide')).map((name) => join('docs/guide', name));
const PATIENT = { timeout: 60_000 };
const run = promisify(execFile);

/** Returns the program of a page: its TypeScript blocks one after another. */
function programOf(page: string): string {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block]) => block).join('');
}

/** Returns the output that the comments of a program announce, in order. */
function printedBy(program: string): readonly (string | undefined)[] {
  return [...program.matchAll(/console\.log\(.*\).* \/\/ (.+)$/gm)].map(([, line]) => line);
}

/** Writes a file in build/, where 'tirtc-emulator' resolves; it is removed after the test. */
function writePrograms(pages: readonly string[]): { readonly folder: string; readonly files: readonly string[] } {
  mkdirSync(join(ROOT, 'build'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, 'build/guide-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const files = pages.map((page) => {
    const file = join(folder, `${basename(page, '.md')}.mts`);
    writeFileSync(file, programOf(page));
    return file;
  });
  return { folder, files };
}

const pages = GUIDES.filter((page) => programOf(page) !== '');

it('the guides contain programs', () => {
  expect(pages.map((page) => basename(page))).toEqual([
    'ci.md',
    'client.md',
    'device.md',
    'gateway.md',
    'tokens.md',
    'watching.md',
  ]);
});

it.each(pages)('the program of %s prints what its comments say', PATIENT, async (page) => {
  const { files } = writePrograms([page]);
  const { stdout } = await run(process.execPath, ['--import', 'tsx', ...files], { cwd: ROOT });
  expect(stdout.trimEnd().split('\n')).toEqual(printedBy(programOf(page)));
});

it('the programs of the guides pass the type check', PATIENT, async () => {
  const { folder } = writePrograms(pages);
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: '../../tsconfig.json', include: ['*.mts'] }));
  const { stdout } = await run(join(ROOT, 'node_modules/.bin/tsc'), ['-p', folder]).catch((error) => error);
  expect(stdout).toBe('');
});
