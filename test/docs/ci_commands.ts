// Runs each command in the files of docs/ci.md, with the packed package in empty folders. dist/ and prebuilds/ must be
// built, because `npm pack` packs them.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePort } from '../../lib/cast/index.js';
import { CHAPTERS, dockerInstructions, filesOf, githubCommands, gitlabCommands, ROOT } from './ci_page.js';

const work = mkdtempSync(join(tmpdir(), 'tirtc-ci-page-'));
const children = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(work, { recursive: true, force: true });
});

/** The environment of a CI machine, without settings of this project. npm uses its cache. */
const env = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|TIRTC_|NODE_OPTIONS)/.test(name))),
  npm_config_prefer_offline: 'true',
};

function say(text: string): void {
  process.stdout.write(`ci page: ${text}\n`);
}

function fail(text: string): never {
  process.stderr.write(`ci page: ${text}\n`);
  process.exit(1);
}

function run(command: string, folder: string): string {
  const started = performance.now();
  // As the runners of both do.
  const { status, stdout, stderr } = spawnSync('bash', ['-eo', 'pipefail', '-c', command], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  if (status !== 0) fail(`this command exited with ${status}:\n${command}\n${stdout}${stderr}`);
  say(
    `${((performance.now() - started) / 1000).toFixed(1)} s  ${command.trim().split('\n').join('\n                 ')}`,
  );
  return stdout;
}

function write(folder: string, path: string, content: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

/** Creates a project with the files of a chapter and this package as a dependency. */
function makeProject(name: keyof typeof CHAPTERS, kind: '--save' | '--save-dev'): string {
  const folder = join(work, name);
  mkdirSync(folder);
  for (const [path, content] of filesOf(CHAPTERS[name])) write(folder, path, content);
  write(folder, 'package.json', JSON.stringify({ name, version: '1.0.0', private: true, type: 'module' }));
  run(`npm install --silent --no-audit --no-fund --package-lock-only ${kind} ${tarball}`, folder);
  return folder;
}

function checkReport(file: string, cases: number): void {
  const report = readFileSync(file, 'utf8');
  const found = report.match(/<testcase /g)?.length ?? 0;
  if (found < cases || /<(failure|error)\b/.test(report)) fail(`${file} is not as it should be:\n${report}`);
}

async function checkDocker(): Promise<void> {
  const project = makeProject('docker', '--save');
  const image = join(work, 'image');
  mkdirSync(image);
  write(image, 'secrets.json', JSON.stringify({ devices: { 'camera-1': 'secret' }, apps: { 'my-app': 'secret' } }));
  const port = await freePort();
  const here = (text: string) => text.replaceAll('8080', String(port));
  let health = '';
  for (const [name, rest] of dockerInstructions()) {
    if (name === 'COPY')
      for (const file of rest.split(' ').slice(0, -1)) cpSync(join(project, file), join(image, file));
    else if (name === 'RUN') run(rest, image);
    else if (name === 'HEALTHCHECK') health = here(rest.slice(rest.indexOf('CMD ') + 4));
    else if (name === 'CMD') await checkService(JSON.parse(here(rest)), health, image);
    else if (!['FROM', 'WORKDIR', 'USER', 'EXPOSE'].includes(name)) fail(`what is ${name}?`);
  }
}

/** Checks that the service becomes healthy and stops cleanly. */
async function checkService([command, ...args]: [string, ...string[]], health: string, folder: string): Promise<void> {
  const child = spawn(command, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
  children.add(child);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const line = new Promise<string>((resolve) => child.stdout.once('data', (data: Buffer) => resolve(String(data))));
  const first = await Promise.race([line, ended]);
  if (typeof first !== 'string') fail(`${command} exited with ${first}`);
  say(`it prints: ${first.trim()}`);
  run(health, folder);
  child.kill('SIGTERM');
  const exitCode = await ended;
  children.delete(child);
  if (exitCode !== 0) fail(`${[command, ...args].join(' ')} exited with ${exitCode}`);
}

const tarball = join(work, run(`npm pack --silent --pack-destination ${work}`, ROOT).trim());

const firmware = makeProject('github', '--save-dev');
// In place of the reader's firmware: the device of the quick start.
write(firmware, 'firmware/main.c', readFileSync(join(ROOT, 'examples/c/start_device.c'), 'utf8'));
for (const command of githubCommands()) run(command, firmware);
checkReport(join(firmware, 'build/scenarios.xml'), 8);

const gateway = makeProject('gitlab', '--save');
for (const command of gitlabCommands()) run(command, gateway);
checkReport(join(gateway, 'scenarios.xml'), 5);
checkReport(join(gateway, 'tests.xml'), 1);

await checkDocker();
say('every command of docs/ci.md works');
