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
  loaded ??= findAddon(here(), environmentOverride());
  return loaded;
}

/** The file that this code is in. A bundler that makes CommonJS leaves import.meta empty: then the program's own. */
function here(): string {
  const url: string | undefined = import.meta.url;
  return url === undefined ? resolve(process.argv[1] ?? 'program') : fileURLToPath(url);
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

/** Look for the addon from the folder of `from` upwards, then in the package as `from` would import it (a bundle is not in
 *  it), or only at `override`. */
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
      ? `leave ${PACKAGE} out of your bundle, or have it in node_modules beside it`
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
    const missing = new Error(
      `no package.json of it there or above, and no ${PACKAGE} in node_modules; was it bundled? Keep it external`,
    );
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

function installedRoot(require: NodeJS.Require): string | undefined {
  try {
    return packageRoot(require.resolve(PACKAGE));
  } catch {
    return undefined;
  }
}

function differenceOf(addon: Addon): string | undefined {
  if (typeof addon?.layout !== 'object') return 'it is an addon of something else';
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

/** The first line of an error, and what it means where the system's words mislead. */
function explain(error: unknown, file: string | undefined): string {
  const line = firstLine(error);
  // What the dynamic linker says of a file that is there: the name of a library that is missing would come first.
  const isForAnother = file !== undefined && line.startsWith(`${file}: cannot open`) && existsSync(file);
  return isForAnother ? `${line}; it is there, so it was built for another processor than ${process.arch}` : line;
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0] ?? '';
}
