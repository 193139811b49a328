import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../build/nodes/', import.meta.url));
const HERE = `${process.platform}-${process.arch}`;

/** The `node` program of a major version, this one or one from npm that is kept in build/nodes. `platform` is as in
 *  "linux-arm64". */
export function nodeBinary(major: number, platform: string = HERE): string {
  if (platform === HERE && process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const name = `node-${platform}`;
  const folder = join(FOLDER, `${platform}-${major}`);
  const file = join(folder, 'node_modules', name, 'bin', 'node');
  if (!existsSync(file)) {
    // --force: npm refuses the package of another processor; it is meant for an emulator.
    const options = [
      '--prefix',
      folder,
      '--no-save',
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
      '--force',
      '--silent',
    ];
    execFileSync('npm', ['install', ...options, `${name}@${major}`], { stdio: ['ignore', 'ignore', 'inherit'] });
  }
  return file;
}
