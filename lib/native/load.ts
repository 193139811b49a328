import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ErrorCode, TiRtcError } from '../errors/index.js';
import { type Addon, EXPECTED_CALLS, EXPECTED_LAYOUT } from './addon.js';

const PACKAGE = 'tirtc-emulator';
const FILE = 'tirtc.node';

let loaded: Addon | undefined;

/** Returns the addon, which the first call loads. Throws a TiRtcError with code ADDON_NOT_LOADED that lists what was
 *  tried. */
export function loadAddon(): Addon {
  loaded ??= findAddon(here(), environmentOverride());
  return loaded;
}

/** Returns the file of this code. A bundler that makes CommonJS leaves import.meta empty: then that of the program. */
function here(): string {
  const url: string | undefined = import.meta.url;
  return url === undefined ? resolve(process.argv[1] ?? 'program') : fileURLToPath(url);
}

function environmentOverride(): string | undefined {
  const { TIRTC_ADDON: override } = process.env;
  return override;
}

/** The result of the search for the addon. */
export interface AddonSearch {
  readonly addon?: Addon;
  /** Where the addon was found. */
  readonly file?: string;
  /** Where it was not found, and why, in the order of the search. */
  readonly tried: readonly string[];
  /** What to do when it was not found. */
  readonly advice: string;
}

/** Searches for the addon from the folder of `from` upwards, then in the package that `from` would import (a bundle is
 *  outside of it), or only at `override`. */
export function searchAddon(from = here(), override = environmentOverride()): AddonSearch {
  const require = createRequire(from);
  const root = packageRoot(from) ?? installedRoot(require);
  const advice = adviceFor(root);
  const tried: string[] = [];
  for (const { name, path } of candidates(require, from, root, override)) {
    let file: string | undefined;
    try {
      file = path();
      const addon = require(file) as Addon;
      const stale = differenceOf(addon);
      if (stale === undefined) return { addon, file, tried, advice };
      tried.push(`${name}: built from another version of this package (${stale})`);
    } catch (error) {
      tried.push(`${name}: ${explain(error, file)}`);
    }
  }
  return { tried, advice };
}

/** Returns the addon that searchAddon() finds. Throws a TiRtcError with code ADDON_NOT_LOADED that lists what was tried. */
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
      ? `leave ${PACKAGE} out of your bundle, or install it in node_modules beside the bundle`
      : `build it here with \`cd ${JSON.stringify(root)} && npm run build:addon\` (needs a C and a C++ compiler, make and python3)`;
  return `${build}, or reinstall the package, or set TIRTC_ADDON to the path of a tirtc.node`;
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
    const missing = new Error(
      `its package.json is not there or above, and ${PACKAGE} is not in node_modules; was it bundled? Keep it external`,
    );
    return [{ name: `the folder of ${PACKAGE} above ${from}`, path: () => fail(missing) }];
  }
  /* node-gyp and cmake-js build to different folders; the newer build wins. */
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

function installedRoot(require: NodeJS.Require): string | undefined {
  try {
    return packageRoot(require.resolve(PACKAGE));
  } catch {
    return undefined;
  }
}

function differenceOf(addon: Addon): string | undefined {
  if (typeof addon?.layout !== 'object') return 'it is not an addon of this package';
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

/** Returns the first line of an error, and its meaning where the text of the system misleads. */
function explain(error: unknown, file: string | undefined): string {
  const line = firstLine(error);
  // The dynamic linker says this of a file that exists; for a missing library the line would begin with its name.
  const isForAnother = file !== undefined && line.startsWith(`${file}: cannot open`) && existsSync(file);
  return isForAnother ? `${line}; the file exists, so it was built for another processor than ${process.arch}` : line;
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0] ?? '';
}
