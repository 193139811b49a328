import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Ended {
  readonly exitCode: number;
  /** Its stdout and stderr. */
  readonly text: string;
}

/** Run Node until it exits, without the variables of the current test runner. */
function runNode(...args: readonly string[]): Promise<Ended> {
  const mine = /^(NODE_TEST_CONTEXT|VITEST.*|TIRTC_.*|CI|FORCE_COLOR)$/;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !mine.test(name)));
  return new Promise((resolve) => {
    const options = { cwd: ROOT, env: { ...env, NO_COLOR: '1' }, timeout: 100_000 };
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ exitCode, text: stdout + stderr });
    });
  });
}

/** Run files as tests, by Node's test runner. */
export function runByNode(...files: readonly string[]): Promise<Ended> {
  return runNode('--import', 'tsx', '--test', ...files);
}

/** Run files as tests, by Vitest. `config` selects them. */
export function runByVitest(config: string, ...filters: readonly string[]): Promise<Ended> {
  return runNode('node_modules/vitest/vitest.mjs', 'run', '--config', config, '--root', '.', ...filters);
}
