import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { secretOf, startService } from '../device/support.js';
import { bundle } from '../support/bundle.js';

it('a process stays alive from start() to SYS_STOPPED, and then ends by itself', async () => {
  const child = await bundle(new URL('./children/device.ts', import.meta.url));
  onTestFinished(() => child.remove());
  const { endpoint } = await startService(['cam']);
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [fileURLToPath(child.file)], {
    env: { ...process.env, TIRTC_ENDPOINT: endpoint, TIRTC_FLAT_DEVICE: `cam,${secretOf('cam')}` },
    timeout: 20_000,
  });
  expect([stdout, stderr]).toEqual(['0\n1\n', '']);
}, 30_000);
