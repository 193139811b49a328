import { join } from 'node:path';
import { ROOT, run } from './run.js';

/** A processor and a C library. */
export interface Target {
  readonly name: string;
  readonly toolchain: string;
  readonly libc: 'newlib-nano' | 'picolibc';
  /** The prefix of its tools' names. */
  readonly tools: string;
}

const arm = (name: string, toolchain: string, libc: Target['libc'] = 'newlib-nano'): Target => ({
  name,
  toolchain,
  libc,
  tools: 'arm-none-eabi-',
});

export const M4: Target = arm('Cortex-M4F', 'cortex-m4f');

export const targets: readonly Target[] = [
  arm('Cortex-M0+', 'cortex-m0plus'),
  arm('Cortex-M3', 'cortex-m3'),
  M4,
  arm('Cortex-M33', 'cortex-m33'),
  arm('Cortex-M4F, picolibc', 'cortex-m4f', 'picolibc'),
  { name: 'RV32IMAC, picolibc', toolchain: 'rv32imac', libc: 'picolibc', tools: 'riscv64-unknown-elf-' },
];

export interface Size {
  readonly flash: number;
  readonly ram: number;
}

/** The sizes of the parts of a library or a program. */
export interface Sizes {
  readonly core: Size;
  readonly facade: Size;
  /** TiRtcServiceRequest(): HTTP and JSON, which a program that does not call it does not link. */
  readonly http: Size;
  readonly port: Size;
}

/** A file belongs to the first part that it fits. */
const parts: Readonly<Record<keyof Sizes, RegExp>> = {
  http: /native\/(facade\/(service_request|service_envelope|http_answer|json_text)|base\/json)\./,
  core: /native\/(base|wire|crypto|core)\//,
  facade: /native\/(facade|port\/polled)\//,
  port: /native\/port\/lwip\//,
};

const LWIP = join(ROOT, 'build/lwip-source');

/** Configures and builds. Returns the folder. */
export function build(source: string, name: string, target: Target, logLevel: number, options: readonly string[]) {
  const folder = join(ROOT, 'build/footprint', name);
  const flags = `-Os -DNDEBUG -fcallgraph-info=su -DTIRTC_MAX_LOG_LEVEL=${logLevel}`;
  run('cmake', [
    ...['-S', source, '-B', folder, '-G', 'Ninja'],
    ...['--toolchain', join(ROOT, `cmake/toolchain-${target.toolchain}.cmake`), `-DTIRTC_LIBC=${target.libc}`],
    ...['-DCMAKE_BUILD_TYPE=MinSizeRel', `-DCMAKE_C_FLAGS_MINSIZEREL=${flags}`, '-DTIRTC_WARNINGS_AS_ERRORS=ON'],
    ...options,
  ]);
  run('cmake', ['--build', folder, '--parallel', '2']);
  return folder;
}

export function fetchLwip(): void {
  run('sh', ['scripts/fetch-lwip.sh', LWIP]);
}

/** Builds the whole library for the lwIP port. */
export function buildLibrary(target: Target, logLevel: number): string {
  const name = `${target.toolchain}-${target.libc}-${logLevel}`;
  const include = `${LWIP}/lwip/src/include;${ROOT}/examples/firmware/qemu`;
  return build('.', name, target, logLevel, ['-DTIRTC_PORT=lwip', `-DTIRTC_LWIP_INCLUDE_DIRS=${include}`]);
}

/** Builds the camera of examples/firmware/qemu, to measure what a program links. */
export function buildCamera(): string {
  return build('examples/firmware/qemu', 'camera', M4, 0, [`-DLWIP_SOURCE=${LWIP}/lwip`]);
}

function add(sizes: Sizes, path: string, size: Size): Sizes {
  const part = (Object.keys(parts) as (keyof Sizes)[]).find((name) => parts[name].test(path));
  if (part === undefined) return sizes;
  const { flash, ram } = sizes[part];
  return { ...sizes, [part]: { flash: flash + size.flash, ram: ram + size.ram } };
}

const none: Size = { flash: 0, ram: 0 };
const nothing: Sizes = { core: none, facade: none, http: none, port: none };

/** Text, constants and initial values count as flash, all data as RAM; all objects count, whether a program links them or not. */
export function sizesOfLibrary(folder: string, target: Target): Sizes {
  const objects = run('find', [join(folder, 'CMakeFiles/tirtc_objects.dir'), '-name', '*.obj'])
    .trim()
    .split('\n');
  const lines = run(`${target.tools}size`, objects).trim().split('\n').slice(1);
  return lines.reduce((sizes, line) => {
    const [text, data, bss, , , path] = line.trim().split(/\s+/);
    return add(sizes, path ?? '', { flash: Number(text) + Number(data), ram: Number(data) + Number(bss) });
  }, nothing);
}

/** Returns the size of the parts of libTiRTC.a in a program, from its linker map. */
export function sizeInProgram(map: string): Size {
  const placed = map.slice(map.indexOf('Linker script and memory map'));
  const pattern = /^ \.(text|rodata|data|bss)\S*\s+0x[0-9a-f]+\s+0x([0-9a-f]+)\s+\S*libTiRTC\.a\(/gm;
  return [...placed.matchAll(pattern)].reduce(({ flash, ram }, [, section, hexadecimal]) => {
    const bytes = Number.parseInt(hexadecimal ?? '0', 16);
    const inRam = section === 'bss' || section === 'data';
    return { flash: flash + (section === 'bss' ? 0 : bytes), ram: ram + (inRam ? bytes : 0) };
  }, none);
}
