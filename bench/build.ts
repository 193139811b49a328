import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUT = join(ROOT, 'build', 'bench');

/** Builds the programs that the rows run, in C and TypeScript. */
export async function buildPrograms(): Promise<void> {
  const run = (...command: readonly [string, ...string[]]) =>
    execFileSync(command[0], command.slice(1), { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
  run('cmake', '-S', 'bench/c', '-B', join(OUT, 'c'), '-DCMAKE_BUILD_TYPE=Release');
  run('cmake', '--build', join(OUT, 'c'), '--parallel', '2');
  await buildScripts();
}

/** Bundles the TypeScript programs, as the package ships its own. */
export async function buildScripts(): Promise<void> {
  const programs = join(ROOT, 'bench', 'programs');
  await build({
    entry: readdirSync(programs).map((file) => join(programs, file)),
    outDir: join(OUT, 'programs'),
    outExtension: () => ({ js: '.mjs' }),
    format: 'esm',
    platform: 'node',
    target: 'node20',
    config: false,
    silent: true,
  });
}
