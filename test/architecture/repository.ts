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

/** The groups of two or more nodes that reach each other (Tarjan's strongly connected components), each sorted. */
export function cyclesOf(graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const index = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const cycles: string[][] = [];
  const visit = (node: string): void => {
    index.set(node, index.size);
    lowest.set(node, index.size - 1);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) visit(next);
      if (stack.includes(next)) lowest.set(node, Math.min(lowest.get(node) ?? 0, lowest.get(next) ?? 0));
    }
    if (lowest.get(node) !== index.get(node)) return;
    const group = stack.splice(stack.indexOf(node));
    if (group.length > 1) cycles.push(group.sort());
  };
  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return cycles.sort();
}
