import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** What git tracks, so that build folders of any name and other people's notes do not count. A file that was deleted but not
 *  yet committed is left out. */
export const trackedFiles: readonly string[] = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(root, file)));

export const isBelow = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

export const filesBelow = (folder: string, endings: RegExp): readonly string[] =>
  trackedFiles.filter((file) => isBelow(file, folder) && endings.test(file));

/** The module specifiers that a TypeScript file imports, re-exports or requires. */
export function importsOf(file: string): readonly string[] {
  const found = read(file).matchAll(/(?:from\s+|import\s+|import\(\s*|require\(\s*)'([^']+)'/g);
  return [...found].map(([, name = '']) => name);
}

/** The file that a relative import of a TypeScript file leads to. */
export function resolveImport(file: string, name: string): string {
  return normalize(join(dirname(file), name)).replace(/\.js$/, '.ts');
}
