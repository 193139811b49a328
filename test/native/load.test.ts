import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { TiRtcError } from '../../lib/errors/index.js';
import { EXPECTED_CALLS } from '../../lib/native/addon.js';
import { findAddon, loadAddon, searchAddon } from '../../lib/native/index.js';

const folders: string[] = [];

function makePackage(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'tirtc-load-'));
  folders.push(root);
  const all = { 'package.json': '{"name":"tirtc-emulator"}', ...files };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

function refusal(from: string, override?: string): TiRtcError {
  try {
    findAddon(from, override);
  } catch (error) {
    if (error instanceof TiRtcError) return error;
    throw error;
  }
  throw new Error('an addon was found');
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

describe('loading the addon', () => {
  it('finds the addon that was built', () => {
    expect(loadAddon().layout).toMatchObject({ slabBytes: 262_144 });
    expect(loadAddon()).toBe(loadAddon());
  });

  it.each(Object.entries(EXPECTED_CALLS))('checks all calls of %s', (name, calls) => {
    const { prototype } = loadAddon()[name as keyof typeof EXPECTED_CALLS];
    const exported = Object.getOwnPropertyNames(prototype).filter((call) => call !== 'constructor');
    expect(exported.sort()).toEqual([...calls].sort());
  });

  it('an error says what was tried and what to do when there is no addon', () => {
    const root = makePackage({});
    const error = refusal(join(root, 'dist', 'index.js'));
    expect(error).toMatchObject({ code: 'ADDON_NOT_LOADED', retryable: false });
    expect(error.message).toContain(join(root, 'build', 'Release', 'tirtc.node'));
    expect(error.message).toContain(join(root, 'build', 'addon', 'Release', 'tirtc.node'));
    expect(error.message).toContain(join(root, 'prebuilds'));
    expect(error.message).toContain(`cd "${root}" && npm run build:addon`);
    expect(error.message).toContain(`${process.platform}-${process.arch}`);
  });

  it('an error says why an existing file cannot be loaded', () => {
    const root = makePackage({ 'build/Release/tirtc.node': 'not a library' });
    expect(refusal(join(root, 'lib', 'x.js')).message).toMatch(/build\/Release\/tirtc\.node: .*(header|ELF|short)/i);
  });

  it('prefers the newer of two builds', () => {
    const root = makePackage({ 'build/Release/tirtc.node': 'broken', 'build/addon/Release/tirtc.node': 'broken too' });
    for (const [newer, older] of [
      ['addon/Release', 'Release'],
      ['Release', 'addon/Release'],
    ] as const) {
      utimesSync(join(root, 'build', older, 'tirtc.node'), 1, 1);
      utimesSync(join(root, 'build', newer, 'tirtc.node'), 2, 2);
      const { message } = refusal(join(root, 'x.js'));
      expect(message.indexOf(join('build', newer, 'tirtc.node'))).toBeLessThan(
        message.indexOf(join('build', older, 'tirtc.node')),
      );
    }
  });

  it('tries only TIRTC_ADDON when it is set', () => {
    const error = refusal(join(makePackage({}), 'lib', 'x.js'), '/nowhere/tirtc.node');
    expect(error.message).toContain('/nowhere/tirtc.node');
    expect(error.message).not.toContain('prebuilds');
  });

  it('refuses an addon of another version', () => {
    const root = makePackage({ 'old.cjs': 'module.exports = { layout: { slabBytes: 1 } };' });
    expect(refusal(join(root, 'x.js'), join(root, 'old.cjs')).message).toMatch(/another version.*slabBytes is 1/);
  });

  it('refuses an addon that lacks a call, before the call is made', () => {
    const { layout } = loadAddon();
    const older = `module.exports = {
      layout: ${JSON.stringify(layout)},
      Loop: class { take() {} blockOf() {} recycle() {} ref() {} },
    };`;
    const root = makePackage({ 'older.cjs': older });
    const { message } = refusal(join(root, 'x.js'), join(root, 'older.cjs'));
    expect(message).toMatch(/another version.*Loop has no listen\(\)/);
  });

  it('refuses an addon that is not of this package', () => {
    const root = makePackage({ 'other.cjs': 'module.exports = { hello() {} };' });
    expect(refusal(join(root, 'x.js'), join(root, 'other.cjs')).message).toContain('not an addon of this package');
  });

  it('an error says that a file is for another processor', () => {
    const { file = '' } = searchAddon();
    const library = readFileSync(file);
    const MACHINE = 18; /* e_machine of ELF, and two that differ in it: x86-64 and AArch64 */
    library.writeUInt16LE(library.readUInt16LE(MACHINE) === 62 ? 183 : 62, MACHINE);
    const root = makePackage({ 'build/Release/tirtc.node': '' });
    writeFileSync(join(root, 'build/Release/tirtc.node'), library);
    const { message } = refusal(join(root, 'x.js'));
    expect(message).toContain(`the file exists, so it was built for another processor than ${process.arch}`);
  });

  it('finds the addon of an installed package from a bundle beside it', () => {
    const installed = join('node_modules', 'tirtc-emulator');
    const root = makePackage({
      'package.json': '{"name":"gateway"}',
      [join(installed, 'package.json')]: '{"name":"tirtc-emulator","main":"index.cjs"}',
      [join(installed, 'index.cjs')]: '',
      [join(installed, 'build/Release/tirtc.node')]: '',
    });
    const file = join(root, installed, 'build/Release/tirtc.node');
    copyFileSync(searchAddon().file ?? '', file);
    expect(searchAddon(join(root, 'dist', 'bundle.js'), undefined)).toMatchObject({ file, tried: [] });
  });

  it('an error says to keep the package external when it was bundled away from its folder', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tirtc-bundle-'));
    folders.push(folder);
    expect(refusal(join(folder, 'bundle.js')).message).toContain('external');
  });
});
