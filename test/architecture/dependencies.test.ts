import { builtinModules } from 'node:module';
import { basename, dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesBelow, importsOf, isBelow, read, resolveImport } from './repository.js';

/** The dependencies that docs/architecture.md allows. A module may always include itself. */
interface CModule {
  /** Project folders and public headers whose files may be included. */
  readonly may: readonly string[];
  /** System headers, or 'any'. */
  readonly system: readonly string[] | 'any';
  /** What headers of a network stack begin with. */
  readonly stack?: string;
}

const freestanding = ['stdbool.h', 'stddef.h', 'stdint.h', 'string.h', 'limits.h', 'stdalign.h'];
const publicHeaders = ['include'];

const cModules: Readonly<Record<string, CModule>> = {
  include: { may: [], system: freestanding },
  'native/base': { may: [], system: freestanding },
  'native/wire': { may: ['native/base'], system: freestanding },
  'native/crypto': { may: ['native/base'], system: freestanding },
  'native/core': { may: ['native/wire', 'native/crypto', 'native/base', ...publicHeaders], system: freestanding },
  'native/facade': { may: ['native/base', ...publicHeaders], system: 'any' },
  'native/port/sim': {
    may: ['include/tirtc_sim.h', 'include/tirtc_port.h', 'include/tirtc_errors.h'],
    system: [...freestanding, 'stdlib.h'],
  },
  'native/port/posix': {
    may: [
      'include/tirtc_port.h',
      'include/tirtc_errors.h',
      'include/tirtc_loop.h',
      'include/tirtc_device.h',
      'include/tirtc_tls.h',
    ],
    system: 'any',
  },
  'native/port/tls': {
    may: [
      'native/base',
      'include/tirtc_tls.h',
      'include/tirtc_port.h',
      'include/tirtc_errors.h',
      'include/tirtc_config.h',
    ],
    system: freestanding,
    stack: 'mbedtls/',
  },
  'native/port/polled': {
    may: [
      'include/tirtc_polled.h',
      'include/tirtc_port.h',
      'include/tirtc_errors.h',
      'include/tirtc_loop.h',
      'include/tirtc_device.h',
    ],
    system: freestanding,
  },
  'native/port/lwip': {
    may: ['include/tirtc_lwip.h', 'include/tirtc_port.h', 'include/tirtc_errors.h'],
    system: freestanding,
    stack: 'lwip/',
  },
  'native/node': { may: ['include'], system: 'any' },
};

interface TsModule {
  readonly may: readonly string[];
  /** Packages and `node:` modules; 'node' stands for all of the latter. */
  readonly packages: readonly string[];
}

const tsModules: Readonly<Record<string, TsModule>> = {
  'lib/errors': { may: [], packages: [] },
  'lib/wire': { may: ['lib/errors'], packages: [] },
  'lib/tls': { may: [], packages: ['node'] },
  'lib/types': { may: ['lib/wire', 'lib/errors'], packages: [] },
  'lib/base': { may: ['lib/errors', 'lib/types'], packages: [] },
  'lib/token': { may: ['lib/base', 'lib/types', 'lib/wire', 'lib/errors'], packages: [] },
  'lib/connection': { may: ['lib/base', 'lib/wire', 'lib/errors', 'lib/types'], packages: [] },
  'lib/client': { may: ['lib/base', 'lib/connection', 'lib/wire', 'lib/errors', 'lib/types'], packages: [] },
  'lib/stream': { may: ['lib/base', 'lib/connection', 'lib/wire', 'lib/errors', 'lib/types'], packages: ['node'] },
  'lib/native': { may: ['lib/wire', 'lib/errors'], packages: ['node', 'node-gyp-build'] },
  'lib/observe': { may: ['lib/base', 'lib/connection', 'lib/errors', 'lib/types'], packages: ['node'] },
  'lib/device': {
    may: ['lib/base', 'lib/native', 'lib/connection', 'lib/observe', 'lib/tls', 'lib/errors', 'lib/types'],
    packages: ['node'],
  },
  'lib/flat': {
    may: ['lib/base', 'lib/device', 'lib/native', 'lib/connection', 'lib/wire', 'lib/errors'],
    packages: ['node'],
  },
  'lib/service': {
    may: ['lib/base', 'lib/observe', 'lib/wire', 'lib/token', 'lib/tls', 'lib/errors', 'lib/types'],
    packages: ['node', 'ws'],
  },
  'lib/media': { may: ['lib/wire', 'lib/types'], packages: ['node'] },
  'lib/virtual_time': { may: ['lib/base', 'lib/service', 'lib/device', 'lib/client', 'lib/types'], packages: ['node'] },
  'lib/cast': {
    may: [
      'lib/base',
      'lib/media',
      'lib/virtual_time',
      'lib/service',
      'lib/device',
      'lib/client',
      'lib/wire',
      'lib/token',
      'lib/errors',
      'lib/types',
    ],
    packages: ['node'],
  },
  'lib/scenario': {
    may: [
      'lib/base',
      'lib/cast',
      'lib/virtual_time',
      'lib/media',
      'lib/service',
      'lib/wire',
      'lib/token',
      'lib/errors',
      'lib/types',
    ],
    packages: ['node', 'yaml', 'ajv'],
  },
  'lib/sim': { may: ['lib/media', 'lib/cast', 'lib/scenario'], packages: [] },
  'lib/testing': {
    may: ['lib/base', 'lib/cast', 'lib/service', 'lib/token', 'lib/errors', 'lib/types'],
    packages: ['node'],
  },
  'lib/cli': { may: ['lib'], packages: ['node', 'commander', 'jsonc-parser'] },
};

/** Files that are the one place for something their module may not have. */
const tsExceptions: Readonly<Record<string, readonly string[]>> = {
  'lib/token/node.ts': ['node:crypto'],
  'lib/client/node.ts': ['ws', 'node:http', 'node:stream', '../observe/index.js', '../tls/index.js'],
};

function includesOf(file: string): readonly { readonly name: string; readonly system: boolean }[] {
  const found = read(file).matchAll(/^\s*#\s*include\s+([<"])([^>"]+)[>"]/gm);
  return [...found].map(([, bracket, name]) => ({ name: name ?? '', system: bracket === '<' }));
}

function resolveInclude(file: string, name: string): string {
  const beside = normalize(join(dirname(file), name));
  const candidates = [beside, join('include', name), join('native', name)];
  return candidates.find((path) => allFiles.has(path)) ?? name;
}

const cFiles = ['include', 'native'].flatMap((folder) => filesBelow(folder, /\.(c|h|cc)$/));
const allFiles = new Set(cFiles);

function wrongIncludes(module: string, rules: CModule): readonly string[] {
  return cFiles
    .filter((file) => isBelow(file, module))
    .flatMap((file) =>
      includesOf(file).flatMap(({ name, system }) => {
        const path = resolveInclude(file, name);
        const known = allFiles.has(path);
        const isStack = rules.stack !== undefined && name.startsWith(rules.stack);
        const allowed = known
          ? [module, ...rules.may].some((place) => isBelow(path, place))
          : isStack || (system && (rules.system === 'any' || rules.system.includes(name)));
        return allowed ? [] : [`${file} includes ${path}`];
      }),
    );
}

function wrongImports(module: string, rules: TsModule): readonly string[] {
  return filesBelow(module, /\.ts$/).flatMap((file) =>
    importsOf(file).flatMap((name) => {
      if (tsExceptions[file]?.includes(name)) return [];
      if (name.startsWith('.')) {
        const path = resolveImport(file, name);
        return [module, ...rules.may].some((place) => isBelow(path, place)) ? [] : [`${file} imports ${path}`];
      }
      const isNode = name.startsWith('node:') || builtinModules.includes(name);
      return rules.packages.includes(isNode ? 'node' : name) ? [] : [`${file} imports ${name}`];
    }),
  );
}

describe('the dependencies of docs/architecture.md', () => {
  it.each(Object.entries(cModules))('%s includes only what it may', (module, rules) => {
    expect(wrongIncludes(module, rules)).toEqual([]);
  });

  it.each(Object.entries(tsModules))('%s imports only what it may', (module, rules) => {
    expect(wrongImports(module, rules)).toEqual([]);
  });

  it('the page has the same table for lib', () => {
    const rows = [...read('docs/architecture.md').matchAll(/^\| `(lib\/\w+)` \| ([^|]+) \|/gm)];
    const onPage = Object.fromEntries(rows.map(([, module = '', names = '']) => [module, names.split(', ').sort()]));
    const inTest = Object.entries(tsModules).map(([module, { may }]) => {
      const names = may.map((name) => (name === 'lib' ? 'every module' : basename(name))).sort();
      return [module, names.length === 0 ? ['nothing'] : names];
    });
    expect(onPage).toEqual(Object.fromEntries(inTest));
  });

  it('every file belongs to a module', () => {
    const tsFiles = filesBelow('lib', /\.ts$/).filter((file) => dirname(file) !== 'lib');
    const modules = [...Object.keys(cModules), ...Object.keys(tsModules)];
    const homeless = [...cFiles, ...tsFiles].filter((file) => !modules.some((module) => isBelow(file, module)));
    expect(homeless).toEqual([]);
  });

  it('the base name of every C and C++ source of native/ is unique, for builds with one folder of objects', () => {
    const sources = filesBelow('native', /\.(c|cc)$/);
    const names = sources.map((file) => basename(file).replace(/\.\w+$/, ''));
    expect(sources.length).toBeGreaterThan(80);
    expect(sources.filter((_, index) => names.filter((name) => name === names[index]).length > 1)).toEqual([]);
  });

  it('the core knows no platform', () => {
    const core = cFiles.filter((file) => /^native\/(core|wire|crypto|base)\//.test(file));
    const conditional = core.filter((file) =>
      /^\s*#\s*(if|ifdef|ifndef|elif)\b(?!.*\b(TI_[A-Z0-9_]+_H|TIRTC_[A-Z_]+|CONFIG_SMALL_MEMORY)\b)/m.test(read(file)),
    );
    expect(conditional).toEqual([]);
  });

  it('only the loops step devices', () => {
    const steppers = cFiles.filter(
      (file) =>
        /^native\/.*\.(c|cc)$/.test(file) &&
        /\btirtc_device_step\s*\(/.test(read(file)) &&
        file !== 'native/core/device.c',
    );
    expect(steppers).toEqual([
      'native/node/stepped_runner.cc',
      'native/port/polled/polled_loop.c',
      'native/port/posix/posix_loop.c',
    ]);
  });

  it('only lib/base/clock.ts reads the time', () => {
    const readers = filesBelow('lib', /\.ts$/).filter((file) => /\bDate\.now\b|\bnew Date\(\)/.test(read(file)));
    expect(readers).toEqual(['lib/base/clock.ts']);
  });
});
