import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ROOT, runByNode, runByVitest } from './support.js';

const PAGE = readFileSync(join(ROOT, 'docs/testing.md'), 'utf8');
const PATIENT = { timeout: 110_000 };

/** Writes the programs of docs/testing.md for this runner to files, which are removed after the test. */
function programsFor(runner: 'vitest' | 'node:test'): readonly string[] {
  const folder = join(ROOT, 'build', `testing-page-${runner.replace(':', '-')}-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const programs = [...PAGE.matchAll(/```ts\n(.*?)```/gs)].map(([, program]) => program ?? '');
  return programs
    .filter((program) => program.includes(`from '${runner}'`))
    .map((program, i) => {
      const file = join(folder, `page-${i}.mts`);
      writeFileSync(file, program);
      return file;
    });
}

test('the tests of docs/testing.md for the test runner of Node pass', PATIENT, async () => {
  const files = programsFor('node:test');
  expect(files).toHaveLength(1);
  const { exitCode, text } = await runByNode(...files);
  expect(text).toMatch(/^(# |ℹ )pass 1$/m);
  expect(exitCode).toBe(0);
});

test('the tests of docs/testing.md for Vitest pass', PATIENT, async () => {
  const files = programsFor('vitest');
  expect(files).toHaveLength(2);
  const config = join(files[0] ?? '', '../vitest.config.mts');
  const { compilerOptions } = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8')) as {
    readonly compilerOptions: { readonly paths: Readonly<Record<string, readonly [string]>> };
  };
  // The longest name first, because each also matches names that begin with it.
  const alias = Object.entries(compilerOptions.paths)
    .map(([find, [path]]) => ({ find, replacement: join(ROOT, path) }))
    .sort((a, b) => b.find.length - a.find.length);
  const settings = { resolve: { alias }, test: { include: files } };
  writeFileSync(config, `export default ${JSON.stringify(settings)};`);
  const { exitCode, text } = await runByVitest(config);
  expect(text).toMatch(/Tests +3 passed \(3\)/);
  expect(exitCode).toBe(0);
});
