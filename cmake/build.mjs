// Build what the tests, the demo and the examples need: the C library with its tests and examples in build/c, and the Node
// addon in build/addon. Both builds are incremental. Output is shown only when a build fails.
//
//   node cmake/build.mjs [client] [library] [addon]      default: library addon
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const jobs = String(availableParallelism());
const strict = process.env.CI === 'true' ? 'ON' : 'OFF';
// Under npm this variable would make cmake-js look elsewhere than in node-api-headers.
const { npm_config_nodedir: _, ...environment } = process.env;

const configure = ['cmake', '-S', '.', '-B', 'build/c', '-DCMAKE_BUILD_TYPE=Release', '-DTIRTC_BUILD_TESTS=ON', '-DTIRTC_BUILD_EXAMPLES=ON', `-DTIRTC_WARNINGS_AS_ERRORS=${strict}`];
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
  addon: {
    what: 'the Node addon',
    commands: [['npx', '--no', 'cmake-js', 'build', '--out', 'build/addon', '--parallel', jobs]],
  },
};

function run(command) {
  const { status, error, stdout, stderr } = spawnSync(command[0], command.slice(1), { encoding: 'utf8', env: environment });
  if (status === 0) return;
  process.stdout.write(stdout ?? '');
  process.stderr.write(stderr ?? '');
  console.error(`\n${command.join(' ')}\n${error ? error.message : `ended with ${status}`}`);
  console.error('The build needs cmake (3.20 or newer), make or ninja, and a C11 and C++17 compiler; see README.md.');
  process.exit(1);
}

const wanted = process.argv.length > 2 ? process.argv.slice(2) : ['library', 'addon'];
for (const name of wanted) {
  const build = builds[name];
  if (build === undefined) {
    console.error(`there is no build "${name}"; there are: ${Object.keys(builds).join(', ')}`);
    process.exit(2);
  }
  const fresh = !existsSync(name === 'addon' ? 'build/addon/CMakeCache.txt' : 'build/c/CMakeCache.txt');
  const started = performance.now();
  process.stdout.write(`Building ${build.what}${fresh ? ' (the first time takes a minute)' : ''} ... `);
  for (const command of build.commands) run(command);
  console.log(`${((performance.now() - started) / 1000).toFixed(1)} s`);
}
