import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Bundle, bundle } from '../support/bundle.js';

const WORKERS = 10;

let child: Bundle;

beforeAll(async () => {
  child = await bundle(new URL('./children/stepped_life.ts', import.meta.url));
});

afterAll(() => child.remove());

async function endOf(ending: string): Promise<{ readonly code: number | null; readonly stderr: string }> {
  const living = spawn(process.execPath, ['--expose-gc', fileURLToPath(child.file)], {
    env: { ...process.env, TIRTC_ENDING: ending },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 20_000,
    killSignal: 'SIGKILL',
  });
  let stderr = '';
  living.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = (await once(living, 'close')) as [number | null];
  return { code, stderr };
}

describe('a stepped world that is not closed', () => {
  test.each([
    ['return', 0],
    ['exit', 7],
    ['throw', 1],
    ['forget', 0],
  ])('the process can end by %s', { timeout: 30_000 }, async (ending, code) => {
    const end = await endOf(ending);
    expect(end.code, end.stderr).toBe(code);
    if (ending === 'throw') expect(end.stderr).toContain('on purpose');
    else expect(end.stderr).toBe('');
  });

  test('the world ends with its worker, in the middle of its work', { timeout: 30_000 }, async () => {
    for (let i = 0; i < WORKERS; i++) {
      const worker = new Worker(child.file, { stderr: true });
      await once(worker, 'message');
      expect(await worker.terminate()).toBe(1);
    }
  });
});
