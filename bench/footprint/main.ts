// npm run footprint             measures, and writes docs/footprint.md
// npm run footprint -- --check  measures, and fails when a number has grown by more than 2 % since the page was
//                               written, or exceeds a target of the page
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build, buildCamera, buildLibrary, fetchLwip, M4, sizeInProgram, sizesOfLibrary, targets } from './builds.js';
import { type Footprint, grownSince, pageOf, targetsOf } from './page.js';
import { ROOT, run } from './run.js';
import { checkPointers, deepest, largestFrames, readable, readGraph } from './stack.js';

const PAGE = join(ROOT, 'docs/footprint.md');
const ENTRIES = [
  ...['TiRtcInit', 'TiRtcStart', 'TiRtcPoll', 'TiRtcConnect', 'TiRtcSendVideoStream', 'TiRtcSendCommand'],
  ...['TiRtcSetOption', 'TiRtcServiceRequest', 'tirtc_device_step', 'tirtc_device_next'],
];
const LOGS = [
  { logs: 'all', level: 5 },
  { logs: 'none', level: 0 },
];

function measureBoard(): ReadonlyMap<string, number> {
  const folder = build('bench/footprint/board', 'board', M4, 0, []);
  const printed = run('qemu-system-arm', [
    ...['-M', 'mps2-an386', '-kernel', join(folder, 'measure.elf'), '-icount', 'shift=10', '-nic', 'none'],
    ...['-display', 'none', '-serial', 'none', '-monitor', 'none'],
    ...['-chardev', 'stdio,id=out', '-semihosting-config', 'enable=on,target=native,chardev=out'],
  ]);
  return new Map([...printed.matchAll(/^(\w+) (\d+)$/gm)].map(([, name, number]) => [name ?? '', Number(number)]));
}

function measure(): Footprint {
  fetchLwip();
  const libraries = targets.flatMap((target) =>
    LOGS.map(({ logs, level }) => {
      console.error(`${target.name}, logs ${logs}`);
      return { target: target.name, logs, sizes: sizesOfLibrary(buildLibrary(target, level), target) };
    }),
  );
  const graph = readGraph(buildLibrary(M4, 0));
  checkPointers(graph);
  const camera = sizeInProgram(readFileSync(join(buildCamera(), 'camera.map'), 'utf8'));
  const [compiler = ''] = run('arm-none-eabi-gcc', ['-dumpfullversion']).trim().split('\n');
  return {
    compiler: `gcc ${compiler}`,
    libraries,
    camera,
    frames: largestFrames(graph, 6).map(({ name, frame }) => ({ name: readable(name), bytes: frame })),
    paths: ENTRIES.map((entry) => {
      const { bytes, names } = deepest(graph, entry);
      return { entry, path: { bytes, names: names.map(readable) } };
    }),
    board: measureBoard(),
  };
}

const { values } = parseArgs({ options: { check: { type: 'boolean' } } });
const footprint = measure();
const page = pageOf(footprint);
const missed = targetsOf(footprint)
  .filter(({ measured, good }) => measured > good)
  .map(({ what, measured, good }) => `${what} is ${measured} bytes; the target is at most ${good}`);
if (values.check) {
  const grown = grownSince(readFileSync(PAGE, 'utf8'), page);
  console.log(page);
  for (const line of [...grown, ...missed]) console.error(`footprint: ${line}`);
  if (grown.length > 0)
    console.error('footprint: if the growth is justified, run npm run footprint and commit docs/footprint.md');
  process.exitCode = grown.length + missed.length === 0 ? 0 : 1;
} else {
  writeFileSync(PAGE, page);
  for (const line of missed) console.error(`footprint: ${line}`);
}
