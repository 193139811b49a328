import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../build/nodes/', import.meta.url));
const HERE = `${process.platform}-${process.arch}`;

/** Returns the path of `node` of a major version: the running one, or one from npm, which is kept in build/nodes. An example
 *  of `platform` is "linux-arm64". */
export function nodeBinary(major: number, platform: string = HERE): string {
  if (platform === HERE && process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const name = `node-${platform}`;
  const folder = join(FOLDER, `${platform}-${major}`);
  const file = join(folder, 'node_modules', name, 'bin', 'node');
  if (!existsSync(file)) {
    // npm refuses packages for another processor, which an emulator can run, without --force.
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
