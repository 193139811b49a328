// Builds what the tests, the demo and the examples need: the C library with its tests and examples in build/c, the Node
// addon in build/addon, and the library with TLS and sanitizers in build/tls. All builds are incremental. Output is
// shown only if a build fails.
//
//   node scripts/build-native.mjs [client] [library] [addon] [tls]      default: library addon
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const jobs = String(availableParallelism());
const strict = process.env.CI === 'true' ? 'ON' : 'OFF';
// npm sets this variable, with which cmake-js would not use node-api-headers.
const { npm_config_nodedir: _, ...environment } = process.env;

const configure = [
  ...['cmake', '-S', '.', '-B', 'build/c', '-DCMAKE_BUILD_TYPE=Release', '-DTIRTC_BUILD_TESTS=ON'],
  ...['-DTIRTC_BUILD_EXAMPLES=ON', `-DTIRTC_WARNINGS_AS_ERRORS=${strict}`],
];
const secure = [
  ...['cmake', '-S', '.', '-B', 'build/tls', '-DCMAKE_BUILD_TYPE=Debug', '-DTIRTC_TLS=mbedtls'],
  ...['-DTIRTC_SANITIZE=address,undefined', '-DTIRTC_BUILD_TESTS=ON', '-DTIRTC_BUILD_EXAMPLES=ON'],
];
const secureTargets = [
  ...['tls_certificates_test', 'tls_pipe_test', 'tls_sessions_test'],
  ...['start_device', 'connect_client', 'service_request'],
];
const make = ['cmake', '--build', 'build/c', '--parallel', jobs];

const builds = {
  client: {
    what: 'the C library and the client of the demo',
    commands: [configure, [...make, '--target', 'connect_client']],
  },
  library: {
    what: 'the C library, its tests and examples',
    commands: [configure, make],
  },
  tls: {
    what: 'the C library with TLS, its tests and three examples',
    commands: [secure, ['cmake', '--build', 'build/tls', '--parallel', jobs, '--target', ...secureTargets]],
    cache: 'build/tls/CMakeCache.txt',
  },
  addon: {
    what: 'the Node addon',
    cache: 'build/addon/CMakeCache.txt',
    commands: [['npx', '--no', 'cmake-js', 'build', '--out', 'build/addon', '--parallel', jobs]],
  },
};

function run(command) {
  const { status, error, stdout, stderr } = spawnSync(command[0], command.slice(1), {
    encoding: 'utf8',
    env: environment,
  });
  if (status === 0) return;
  process.stdout.write(stdout ?? '');
  process.stderr.write(stderr ?? '');
  console.error(`\n${command.join(' ')}\n${error ? error.message : `exited with ${status}`}`);
  console.error('Install cmake (3.20 or newer), make or ninja, and a C11 and C++17 compiler; see README.md.');
  process.exit(1);
}

const wanted = process.argv.length > 2 ? process.argv.slice(2) : ['library', 'addon'];
for (const name of wanted) {
  const build = builds[name];
  if (build === undefined) {
    console.error(`"${name}" is not a build: use ${Object.keys(builds).join(', ')}`);
    process.exit(2);
  }
  const fresh = !existsSync(build.cache ?? 'build/c/CMakeCache.txt');
  const started = performance.now();
  process.stdout.write(`Building ${build.what}${fresh ? ' (the first time takes a minute)' : ''} ... `);
  for (const command of build.commands) run(command);
  console.log(`${((performance.now() - started) / 1000).toFixed(1)} s`);
}
