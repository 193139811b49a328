import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { bundle } from '../support/bundle.js';
import type { Work } from './children/forgotten.js';
import { secretOf, startService, tokenFor } from './support.js';

it('unreachable devices are collected, with the thread of a context that is gone', async () => {
  const child = await bundle(new URL('./children/forgotten.ts', import.meta.url));
  const inContext = await bundle(new URL('./children/forgotten_context.ts', import.meta.url), 'cjs');
  onTestFinished(() => {
    child.remove();
    inContext.remove();
  });
  const { endpoint } = await startService(['d'], { tokenUse: 'until-expiry' });
  const work: Work = {
    endpoint,
    deviceId: 'd',
    deviceSecretKey: secretOf('d'),
    token: tokenFor('d'),
    contextFile: fileURLToPath(inContext.file),
  };
  const { stderr } = await promisify(execFile)(process.execPath, ['--expose-gc', fileURLToPath(child.file)], {
    env: { ...process.env, TIRTC_FORGOTTEN: JSON.stringify(work) },
    timeout: 50_000,
  });
  expect(stderr).toBe('');
}, 60_000);
