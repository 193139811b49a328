import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tirtc-fuzz-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function run(args: readonly string[], clang: string) {
  return spawnSync('sh', ['fuzz/run.sh', ...args], {
    encoding: 'utf8',
    env: { ...process.env, CLANG: clang, TIRTC_FUZZ_DIR: join(directory, 'out') },
  });
}

/** A clang without the run-time library of its sanitizers: it knows its version, and cannot link. */
function clangWithoutRuntime(): string {
  const path = join(directory, 'clang');
  const answers = '-dumpversion) echo 15.0.7 ;; -print-prog-name=*) echo sh ;; *) echo "ld: not found" >&2; exit 1 ;;';
  writeFileSync(path, `#!/bin/sh\ncase $1 in ${answers} esac\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('fuzz/run.sh', () => {
  it('names the packages to install when clang is missing', () => {
    const { status, stderr } = run(['1'], join(directory, 'no-clang'));
    expect(stderr).toMatch(/^fuzz: skipped, tools are missing\. On Debian: apt-get install .*clang libclang-rt-14-dev/);
    expect(status).toBe(77);
  });

  it('names the package to install when clang has no libFuzzer, instead of errors of the linker', () => {
    const { status, stderr } = run(['1'], clangWithoutRuntime());
    expect(stderr).toMatch(/^fuzz: skipped, tools are missing\. On Debian: apt-get install .*libclang-rt-15-dev\n$/);
    expect(status).toBe(77);
  });

  it('refuses a time that is not a number, and says how it is called', () => {
    const { status, stderr } = run(['soon'], 'clang');
    expect(stderr).toContain('fuzz/run.sh [SECONDS [TARGET...]]');
    expect(status).toBe(2);
  });
});

describe('the kept inputs of the fuzz targets', () => {
  const found = readdirSync('fuzz/found');

  it('are hexadecimal lines, together at most 300 KB', () => {
    for (const file of found)
      expect(readFileSync(join('fuzz/found', file), 'latin1')).toMatch(/^(?:(?:[\da-f]{2})+\n)+$/);
    expect(found.reduce((total, file) => total + statSync(join('fuzz/found', file)).size, 0)).toBeLessThan(300_000);
  });

  it('are written into a folder for each target that is built', () => {
    const { status, stderr } = spawnSync('python3', ['fuzz/corpus.py', 'write', directory], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const targets = /^set\(targets ([^)]*)\)/m.exec(readFileSync('fuzz/CMakeLists.txt', 'utf8'))?.[1]?.split(/\s+/);
    expect(readdirSync(directory).sort()).toEqual([...(targets ?? []), 'tls_verdict'].sort());
  });
});
