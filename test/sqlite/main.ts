// npm run test:sqlite [-- 20 22]      tests stores in SQLite files with each of these Node versions
//
// Node 22 has SQLite. For Node 20, better-sqlite3 is installed into build/sqlite, which compiles it where there is no binary.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { nodeBinary } from '../node_versions/binary.js';

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const FOLDER = at('build/sqlite/');

/** Returns the folder of packages in which better-sqlite3 is. */
function installBetterSqlite(): string {
  const modules = `${FOLDER}node_modules`;
  if (existsSync(`${modules}/better-sqlite3/build/Release/better_sqlite3.node`)) return modules;
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${FOLDER}package.json`, '{"private": true, "allowScripts": {"better-sqlite3": true}}\n');
  const options = ['--prefix', FOLDER, '--no-audit', '--no-fund', '--silent', '--no-save'];
  execFileSync('npm', ['install', ...options, 'better-sqlite3@12'], { stdio: 'inherit' });
  return modules;
}

const given = process.argv.slice(2).map(Number);
for (const major of given.length > 0 ? given : [20, 22]) {
  const node = nodeBinary(major);
  const env = major < 22 ? { ...process.env, NODE_PATH: installBetterSqlite() } : process.env;
  process.stdout.write(`\nSQLite in Node ${spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()}\n`);
  const args = [at('node_modules/vitest/vitest.mjs'), 'run', '--config', 'test/sqlite/vitest.config.ts', '--root', '.'];
  const { status } = spawnSync(node, args, { cwd: at('.'), env, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
