import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const PACKAGES =
  'cmake ninja-build dpkg-dev qemu-system-arm gcc-arm-none-eabi libnewlib-arm-none-eabi picolibc-arm-none-eabi ' +
  'gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf';

/** Runs a command and returns its output. Throws with all of its output when it fails. */
export function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, CCACHE_DISABLE: '1' }, // it would not restore the call graphs
    maxBuffer: 64 * 1024 * 1024,
    timeout: 300_000,
  });
  if (status !== 0) {
    const why = error?.message ?? `${stdout}${stderr}`;
    throw new Error(`${command} ${args.join(' ')}: ${why}\nOn Debian this needs: apt-get install ${PACKAGES}`);
  }
  return stdout;
}
