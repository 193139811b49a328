import type { Size, Sizes } from './builds.js';
import type { Path } from './stack.js';

export interface LibraryRow {
  readonly target: string;
  readonly logs: string;
  readonly sizes: Sizes;
}

/** Everything that is measured. */
export interface Footprint {
  readonly compiler: string;
  readonly libraries: readonly LibraryRow[];
  readonly camera: Size;
  readonly frames: readonly { readonly name: string; readonly bytes: number }[];
  readonly paths: readonly { readonly entry: string; readonly path: Path }[];
  /** What the measuring board printed. */
  readonly board: ReadonlyMap<string, number>;
}

/** An aim, in bytes: reached, or the check fails. */
interface Aim {
  readonly what: string;
  readonly measured: number;
  readonly good: number;
  readonly great: number;
}

const COREMQTT_BYTES = 19_400;

const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]) =>
  [head, head.map((_, column) => (column === 0 ? '---' : '---:')), ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');

const sumOf = ({ core, facade }: Sizes) => core.flash + facade.flash;

function measured(board: Footprint['board'], name: string): number {
  const number = board.get(name);
  if (number === undefined) throw new Error(`the board did not print ${name}`);
  return number;
}

export function aimsOf({ libraries, board }: Footprint): readonly Aim[] {
  const least = libraries.find(({ target, logs }) => target === 'Cortex-M4F' && logs === 'none')?.sizes;
  if (least === undefined) throw new Error('the Cortex-M4F without logs was not measured');
  const connection = measured(board, 'bytes_connection') - measured(board, 'bytes_buffers');
  return [
    { what: 'flash of core and facade', measured: sumOf(least), good: 1.5 * COREMQTT_BYTES, great: COREMQTT_BYTES },
    { what: 'static RAM of the core', measured: least.core.ram, good: 0, great: 0 },
    { what: 'static RAM of the facade', measured: least.facade.ram, good: 512, great: 256 },
    { what: 'RAM of an idle device', measured: measured(board, 'bytes_idle'), good: 2048, great: 1024 },
    { what: 'RAM of a connection beyond its buffers', measured: connection, good: 2048, great: 1024 },
  ];
}

const librariesTable = ({ libraries }: Footprint) =>
  table(
    ['target', 'core', 'facade', 'lwIP port', 'core + facade', 'static RAM'],
    libraries.map(({ target, logs, sizes }) => [
      `${target}, logs ${logs}`,
      ...[sizes.core.flash, sizes.facade.flash, sizes.port.flash, sumOf(sizes)],
      sizes.core.ram + sizes.facade.ram + sizes.port.ram,
    ]),
  );

const heapTable = ({ board }: Footprint) =>
  table(
    ['Cortex-M4F, small memory', 'bytes'],
    [
      ['a device that is online', measured(board, 'bytes_idle')],
      ['the most while it came online', measured(board, 'bytes_peak_start')],
      [
        'an accepted connection, beyond send and receive buffer',
        measured(board, 'bytes_connection') - measured(board, 'bytes_buffers'),
      ],
    ],
  );

const stackTable = ({ paths }: Footprint) =>
  table(
    ['call', 'deepest way down', 'by way of'],
    paths.map(({ entry, path }) => [`\`${entry}\``, path.bytes, path.names.slice(1, 7).join(' → ')]),
  ).replace('| --- | ---: | ---: |', '| --- | ---: | --- |');

const instructions: readonly (readonly [name: string, what: string])[] = [
  ['instructions_start', 'start: link, upgrade, proof of both sides, online'],
  ['instructions_accept', 'accept a caller: a second link, upgrade, proof, ready'],
  ['instructions_send_160', 'send a frame of 160 bytes'],
  ['instructions_send_1024', 'send a frame of 1,024 bytes'],
  ['instructions_send_16000', 'send a frame of 16,000 bytes'],
  ['instructions_command_16', 'receive a command of 16 bytes'],
];

const instructionsTable = ({ board }: Footprint) =>
  table(
    ['Cortex-M4F', 'instructions'],
    instructions.map(([name, what]) => [what, measured(board, name)]),
  );

const aimsTable = (footprint: Footprint) =>
  table(
    ['bytes', 'measured', 'good', 'great'],
    aimsOf(footprint).map(({ what, measured, good, great }) => [what, measured, good, great]),
  );

/** docs/footprint.md. */
export function pageOf(footprint: Footprint): string {
  const frames = footprint.frames.map(({ name, bytes }) => `\`${name}\` ${bytes}`).join(', ');
  return `# Footprint

What the library takes on a microcontroller. Made by \`npm run footprint\`, with ${footprint.compiler}, \`-Os\`, no TLS; do not edit. CI measures again and fails when a number here has grown by more than 2 % and this page was not made anew.

## Against the aims

Core and facade of the Cortex-M4F without log texts, all of both. coreMQTT, built the same way, has ${COREMQTT_BYTES / 1000} KB of flash, without HTTP, cryptography or media.

${aimsTable(footprint)}

## Flash and static RAM

Every function of the library, whether a program calls it or not, in bytes. \`logs all\` has every log line with its text; \`logs none\` is \`TIRTC_MAX_LOG_LEVEL=0\`. \`TIRTC_SMALL_MEMORY\` changes no code to speak of. Static RAM is that of all three.

${librariesTable(footprint)}

A program links less. ${'`examples/firmware/qemu/camera.c`'}, a camera that streams and answers commands, without logs, for the Cortex-M4F:

${table(['linked', 'flash', 'static RAM'], [['core, facade and lwIP port in the camera', footprint.camera.flash, footprint.camera.ram]])}

## Heap

What the port is asked for, counted on a Cortex-M4F with \`TIRTC_SMALL_MEMORY\` and one connection. The send buffer is \`TIRTC_OPT_MAX_SEND_BUFFER\`, the receive buffer begins with \`TIRTC_INITIAL_RECEIVE_BYTES\` and grows to \`TIRTC_RECEIVE_BURST_BYTES\`, or to the largest message while one is under way. Nothing is allocated for a frame or a command.

${heapTable(footprint)}

lwIP's own memory comes on top, two PCBs and the segments under way above all: \`lwipopts.h\` of the example is one that works, with \`MEM_SIZE\` 48 KB.

## Stack

Cortex-M4F, without logs, in bytes; from gcc's \`-fcallgraph-info=su\`. Not counted: what the C library, the port and the program's callbacks take, and interrupts. The largest frames: ${frames}.

${stackTable(footprint)}

## Instructions

Counted on an emulated Cortex-M4F (QEMU, \`-icount\`), with the sim port under the core, no network stack, without logs. Repeatable, and no cycles: a real one takes more for flash and multiplications.

${instructionsTable(footprint)}
`;
}

/** Rows of all tables of a page: what the row is called, and its numbers. */
function rowsOf(page: string): ReadonlyMap<string, readonly number[]> {
  const rows = [...page.matchAll(/^\| (?!---)([^|]+) \|(.*)\|$/gm)];
  return new Map(
    rows.map(([, name, rest]) => [
      name ?? '',
      (rest ?? '')
        .split('|')
        .map(Number)
        .filter((cell) => !Number.isNaN(cell)),
    ]),
  );
}

const GROWTH = 1.02;

/** What has grown by more than 2 %, or is not on the old page; a line each. */
export function grownSince(oldPage: string, newPage: string): readonly string[] {
  const old = rowsOf(oldPage);
  return [...rowsOf(newPage)].flatMap(([name, numbers]) => {
    const before = old.get(name);
    if (before === undefined) return [`"${name}" is not on the page`];
    const grown = numbers.some((number, column) => number > (before[column] ?? 0) * GROWTH);
    return grown ? [`"${name}" was ${before.join(', ')} and is ${numbers.join(', ')}`] : [];
  });
}
