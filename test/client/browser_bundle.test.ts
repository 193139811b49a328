import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { build } from 'tsup';
import { expect, onTestFinished, test } from 'vitest';

const entry = fileURLToPath(new URL('../../lib/browser.ts', import.meta.url));

async function bundle(): Promise<string> {
  const outDir = await mkdtemp(join(tmpdir(), 'browser-bundle-'));
  onTestFinished(() => rm(outDir, { recursive: true }));
  await build({
    entry: { browser: entry },
    outDir,
    config: false,
    format: 'iife',
    globalName: 'tirtc',
    platform: 'browser',
    noExternal: [/.*/],
    external: builtinModules.flatMap((name) => [name, `node:${name}`]),
    silent: true,
  });
  return await readFile(join(outDir, 'browser.global.js'), 'utf8');
}

test('the browser entry bundles without Node modules and works in an environment without them', async () => {
  const code = await bundle();
  expect(code).not.toMatch(/require\(|from ?["']node:/);
  const opened: unknown[][] = [];
  class WebSocket {
    constructor(...args: unknown[]) {
      opened.push(args);
    }
    addEventListener(): void {}
    close(): void {}
  }
  const { TextEncoder, TextDecoder, performance, setTimeout, clearTimeout, btoa, atob, URL, crypto } = globalThis;
  const browser = {
    TextEncoder,
    TextDecoder,
    performance,
    setTimeout,
    clearTimeout,
    btoa,
    atob,
    URL,
    crypto,
    WebSocket,
  };
  const context = createContext({ ...browser, console });
  runInContext(code, context);
  const attempt: unknown = runInContext(
    `tirtc.issueConnectToken({ accessId: 'a', secretKey: 's', remoteId: 'd', deviceSecretKey: 'k', subject: 'u' })
       .then((token) => tirtc.connect({ endpoint: 'https://example.com/x', remoteId: 'd', token, timeoutMs: 10 }))
       .catch((error) => error.code)`,
    context,
  );
  expect(await attempt).toBe('TIMEOUTED');
  expect(opened).toHaveLength(1);
  expect(opened[0]?.[0]).toBe('wss://example.com/x/v1/connect?peer_id=d');
});
