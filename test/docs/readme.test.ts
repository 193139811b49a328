import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
    const printed = [...program.matchAll(/console\.log\(.*\); \/\/ (.+)/g)].map(([, text]) => text);
    const file = join(root, 'build', `${page.replaceAll('/', '-')}-${process.pid}.mts`);
    writeFileSync(file, program);
    onTestFinished(() => rmSync(file));
    const { stdout } = await run(process.execPath, ['--import', 'tsx', file], { cwd: root });
    expect(stdout.trim().split('\n')).toEqual(printed);
  },
);

/** Returns the anchor that GitHub makes of a headline. */
const anchorOf = (headline: string) =>
  headline
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

function hasAnchor(page: string, anchor: string): boolean {
  return [...read(page).matchAll(/^#+ (.+)$/gm)].some(([, headline]) => anchorOf(headline ?? '') === anchor);
}

it('every file and chapter that the pages link to exists', () => {
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' });
  const pages = ['README.md', ...docs.filter((name) => name.endsWith('.md')).map((name) => join('docs', name))];
  const missing = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)]
      .map(([link, target, anchor]) => {
        const file = target ? join(dirname(page), target) : page;
        const isThere = existsSync(join(root, file)) && (anchor === undefined || hasAnchor(file, anchor));
        return isThere ? '' : `${page} links to ${link}`;
      })
      .filter((problem) => problem !== ''),
  );
  expect(missing).toEqual([]);
});
