import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ErrorCode, TiRtcError } from '../errors/index.js';
import { type Addon, EXPECTED_CALLS, EXPECTED_LAYOUT } from './addon.js';

const PACKAGE = 'tirtc-emulator';
const FILE = 'tirtc.node';

let loaded: Addon | undefined;

/** The addon, loaded by the first call. Throws a TiRtcError with code ADDON_NOT_LOADED that lists what was tried. */
export function loadAddon(): Addon {
  loaded ??= findAddon(fileURLToPath(import.meta.url), environmentOverride());
  return loaded;
}

function environmentOverride(): string | undefined {
  const { TIRTC_ADDON: override } = process.env;
  return override;
}

/** What came of looking for the addon. */
export interface AddonSearch {
  readonly addon?: Addon;
  /** Where it is. */
  readonly file?: string;
  /** Where it is not, and why, in the order of looking. */
  readonly tried: readonly string[];
  /** What to do when it is nowhere. */
  readonly advice: string;
}

/** Look for the addon from the folder of `from` upwards, or only at `override`. */
export function searchAddon(from = fileURLToPath(import.meta.url), override = environmentOverride()): AddonSearch {
  const require = createRequire(from);
  const root = packageRoot(from);
  const advice = adviceFor(root);
  const tried: string[] = [];
  for (const { name, path } of candidates(require, from, root, override)) {
    try {
      const file = path();
      const addon = require(file) as Addon;
      const stale = differenceOf(addon);
      if (stale === undefined) return { addon, file, tried, advice };
      tried.push(`${name}: built from another version of this package (${stale})`);
    } catch (error) {
      tried.push(`${name}: ${firstLine(error)}`);
    }
  }
  return { tried, advice };
}

/** The addon, from where searchAddon() finds it. Throws a TiRtcError with code ADDON_NOT_LOADED that lists what was tried. */
export function findAddon(from: string, override: string | undefined): Addon {
  const { addon, tried, advice } = searchAddon(from, override);
  if (addon !== undefined) return addon;
  throw new TiRtcError({
    what: `the native part of ${PACKAGE} could not be loaded on ${process.platform}-${process.arch}, Node ${process.versions.node}; tried\n${tried.map((line) => `  - ${line}\n`).join('')}`,
    number: ErrorCode.LACK_OF_RESOURCE,
    code: 'ADDON_NOT_LOADED',
    advice,
    retryable: false,
  });
}

function adviceFor(root: string | undefined): string {
  const build =
    root === undefined
      ? `leave ${PACKAGE} out of your bundle, so that it is loaded from node_modules`
      : `build it here with \`cd ${JSON.stringify(root)} && npm run build:addon\` (needs a C and a C++ compiler, make and python3)`;
  return `${build}, or install the package afresh, or set TIRTC_ADDON to the path of a tirtc.node`;
}

interface Candidate {
  readonly name: string;
  readonly path: () => string;
}

function candidates(
  require: NodeJS.Require,
  from: string,
  root: string | undefined,
  override: string | undefined,
): readonly Candidate[] {
  if (override !== undefined && override !== '') {
    return [{ name: `TIRTC_ADDON, ${override}`, path: () => resolve(override) }];
  }
  if (root === undefined) {
    const missing = new Error('no package.json of it there or above; was it bundled? Keep it external');
    return [{ name: `the folder of ${PACKAGE} above ${from}`, path: () => fail(missing) }];
  }
  /* node-gyp's and cmake-js's; when both are there, the newer one is meant. */
  const built = [join(root, 'build', 'Release', FILE), join(root, 'build', 'addon', 'Release', FILE)];
  built.sort((a, b) => modifiedMs(b) - modifiedMs(a));
  return [
    ...built.map((file) => ({ name: file, path: () => (existsSync(file) ? file : fail(new Error('no such file'))) })),
    {
      name: `${join(root, 'prebuilds')}, through node-gyp-build`,
      path: () => (require('node-gyp-build') as { path(root: string): string }).path(root),
    },
  ];
}

function modifiedMs(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function fail(error: Error): never {
  throw error;
}

function packageRoot(from: string): string | undefined {
  for (let folder = dirname(from); folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { name?: string }).name === PACKAGE)
      return folder;
  }
  return undefined;
}

function differenceOf(addon: Addon): string | undefined {
  for (const [name, value] of Object.entries(EXPECTED_LAYOUT)) {
    if (addon.layout[name] !== value) return `${name} is ${addon.layout[name]} instead of ${value}`;
  }
  for (const [name, calls] of Object.entries(EXPECTED_CALLS)) {
    const { prototype = {} } = (addon[name as keyof typeof EXPECTED_CALLS] ?? {}) as { readonly prototype?: object };
    const missing = calls.find((call) => !(call in prototype));
    if (missing !== undefined) return `${name} has no ${missing}()`;
  }
  return undefined;
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0] ?? '';
}
