// Builds the addons for `npm pack`: prebuilds/<platform>-<arch>/tirtc.glibc.node, stripped, and checked to load with
// the system libraries that docs/install.md names. For another processor than this one it needs a cross compiler.
//
//   npm run prebuilds [-- linux-x64 linux-arm64]      default: both
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { newest, tooNew, versionsNeeded } from './versions.js';

/** The processor in the name of a target's compiler, and Debian's packages of that compiler. */
const TARGETS: Readonly<Record<string, { readonly processor: string; readonly packages: string }>> = {
  'linux-x64': { processor: 'x86_64', packages: 'gcc-x86-64-linux-gnu g++-x86-64-linux-gnu' },
  'linux-arm64': { processor: 'aarch64', packages: 'gcc-aarch64-linux-gnu g++-aarch64-linux-gnu' },
};
const HERE = `${process.platform}-${process.arch}`;
// npm sets this variable, with which cmake-js would not use node-api-headers.
const { npm_config_nodedir: _, ...environment } = process.env;

function fail(text: string): never {
  console.error(text);
  process.exit(1);
}

function run(advice: string, program: string, ...args: readonly string[]): void {
  const { status, error, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env: environment });
  if (status === 0) return;
  const end = error === undefined ? `exited with ${status}` : error.message;
  fail(`${stdout ?? ''}${stderr ?? ''}\n${[program, ...args].join(' ')}\n${end}\n${advice}`);
}

function prebuild(name: string): void {
  const target = TARGETS[name];
  if (target === undefined) fail(`"${name}" is not a target: use ${Object.keys(TARGETS).join(' or ')}`);
  const prefix = name === HERE ? '' : `${target.processor}-linux-gnu-`;
  const cross = {
    CMAKE_SYSTEM_NAME: 'Linux',
    CMAKE_SYSTEM_PROCESSOR: target.processor,
    CMAKE_C_COMPILER: `${prefix}gcc`,
    CMAKE_CXX_COMPILER: `${prefix}g++`,
  };
  const advice =
    prefix === ''
      ? 'install cmake (3.20 or newer), make or ninja, and a C11 and C++17 compiler'
      : `install a cross compiler: on Debian, apt-get install ${target.packages}`;
  const settings = { TIRTC_OLD_LIBC: 'ON', ...(prefix === '' ? {} : cross) };
  const out = join('build', 'prebuild', name);
  const definitions = Object.entries(settings).map(([key, value]) => `--CD${key}=${value}`);
  run(advice, 'npx', '--no', 'cmake-js', 'build', '--out', out, ...definitions);

  const file = join('prebuilds', name, 'tirtc.glibc.node');
  mkdirSync(join('prebuilds', name), { recursive: true });
  copyFileSync(join(out, 'Release', 'tirtc.node'), file);
  run('install binutils, which has strip', `${prefix}strip`, '--strip-unneeded', file);
  const needed = versionsNeeded(file);
  const above = tooNew(needed);
  if (above.length > 0)
    fail(`${file} needs ${above.join(', ')}, which old systems do not have: see scripts/prebuilt/old_libc.h`);
  console.log(`${file}: ${Math.ceil(statSync(file).size / 1024)} KB, needs ${newest(needed).join(', ')}`);
}

const wanted = process.argv.slice(2);
for (const name of wanted.length > 0 ? wanted : Object.keys(TARGETS)) prebuild(name);
