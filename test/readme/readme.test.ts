import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (page: string) => readFileSync(join(root, page), 'utf8');
const run = promisify(execFile);

it.each(['README.md', 'docs/node.md'])(
  'the TypeScript program of %s prints what it says',
  { timeout: 60_000 },
  async (page) => {
    const program = /```ts\n(.*?)```/s.exec(read(page))?.[1] ?? '';
    const printed = /console\.log\(.*\); \/\/ (.+)/.exec(program)?.[1];
    const file = join(root, 'build', `${page.replaceAll('/', '-')}-${process.pid}.mts`);
    writeFileSync(file, program);
    onTestFinished(() => rmSync(file));
    const { stdout } = await run(process.execPath, ['--import', 'tsx', file], { cwd: root });
    expect(stdout.trim()).toBe(printed);
  },
);

it('every file that README.md and docs/ link to exists', () => {
  const pages = ['README.md', 'docs/architecture.md', 'docs/node.md', 'docs/testing.md', 'docs/wire.md'];
  const missing = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:)([^)#]+)/g)]
      .map(([, target]) => join(dirname(page), target ?? ''))
      .filter((target) => !existsSync(join(root, target)))
      .map((target) => `${page} links to ${target}`),
  );
  expect(missing).toEqual([]);
});
