import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const LWIP = join(ROOT, 'build/lwip-source');

export type Machine = 'an386' | 'an505';

const toolchains: Readonly<Record<Machine, string>> = { an386: 'cortex-m4f', an505: 'cortex-m33' };

/** The identity of the device and the address of its service. */
export interface DeviceConfig {
  readonly endpoint: string;
  readonly deviceId: string;
  readonly deviceSecretKey: string;
}

const tools: readonly { readonly command: readonly [string, ...string[]]; readonly debian: string }[] = [
  { command: ['cmake', '--version'], debian: 'cmake' },
  { command: ['ninja', '--version'], debian: 'ninja-build' },
  { command: ['arm-none-eabi-gcc', '--version'], debian: 'gcc-arm-none-eabi' },
  {
    command: ['arm-none-eabi-cpp', '--specs=nano.specs', '-x', 'c', '-include', 'stdio.h', '/dev/null'],
    debian: 'libnewlib-arm-none-eabi',
  },
  { command: ['qemu-system-arm', '--version'], debian: 'qemu-system-arm' },
  { command: ['dpkg-source', '--version'], debian: 'dpkg-dev' },
];

/** Throws when a tool is missing; the message says what to install. */
export function checkTools(): void {
  const missing = tools.filter(({ command: [name, ...args] }) => spawnSync(name, args).status !== 0);
  if (missing.length > 0) {
    const packages = missing.map(({ debian }) => debian).join(' ');
    throw new Error(
      `the firmware tests need ${packages}; on Debian: apt-get install --no-install-recommends ${packages}`,
    );
  }
}

function run(command: string, args: readonly string[]): void {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? `${stdout}${stderr}`}`);
}

export function fetchLwip(): void {
  run('sh', ['scripts/fetch-lwip.sh', LWIP]);
}

const headerOf = ({ endpoint, deviceId, deviceSecretKey }: DeviceConfig) => `\
#define DEVICE_ENDPOINT ${JSON.stringify(endpoint)}
#define DEVICE_ID ${JSON.stringify(deviceId)}
#define DEVICE_SECRET_KEY ${JSON.stringify(deviceSecretKey)}
`;

function build(machine: Machine, image: 'camera' | 'conformance', definitions: readonly string[]): string {
  const folder = join(ROOT, 'build', `firmware-${machine}`);
  run('cmake', [
    ...['-S', 'examples/firmware/qemu', '-B', folder, '-G', 'Ninja'],
    ...['--toolchain', join(ROOT, 'cmake', `toolchain-${toolchains[machine]}.cmake`)],
    `-DMACHINE=${machine}`,
    `-DLWIP_SOURCE=${join(LWIP, 'lwip')}`,
    ...definitions,
  ]);
  run('cmake', ['--build', folder, '--parallel', '2', '--target', image]);
  return join(folder, `${image}.elf`);
}

/** Build the camera of examples/firmware/qemu for a machine and a device. Returns the path of the image. */
export function buildImage(machine: Machine, config: DeviceConfig): string {
  const folder = join(ROOT, 'build', `firmware-${machine}`, 'config');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'device_config.h'), headerOf(config), { mode: 0o600 });
  return build(machine, 'camera', [`-DDEVICE_CONFIG_DIR=${folder}`]);
}

/** Build the checks of examples/porting for the lwIP port, and for a peer at this port of the host. */
export function buildConformance(machine: Machine, peerPort: number): string {
  return build(machine, 'conformance', [`-DPEER_PORT=${peerPort}`]);
}

/** Build the peer of examples/porting, which runs here. Returns the path of the program. */
export function buildPeer(): string {
  const program = join(ROOT, 'build', 'porting_peer');
  run('cc', ['-std=c11', '-O1', 'examples/porting/peer.c', 'examples/porting/peer_words.c', '-o', program]);
  return program;
}
