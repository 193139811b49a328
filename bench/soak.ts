// npm run bench:soak [-- MINUTES]      a simulated device streams 1 Mbit/s so long (10), in real time; what it takes of a core
//                                      and whether it grows
import { buildPrograms } from './build.js';
import { Streaming } from './support/streaming.js';

const SAMPLES = 30;
/** Until all that is taken once was taken: just-in-time code, V8's generations, malloc's arenas. */
const WARM_UP = 6;
const MOST_PERCENT = 2;
/** Of resident memory, between the first and the last third of the samples that count. */
const MOST_GROWTH_BYTES = 2 * 1024 * 1024;

const [, , given = '10'] = process.argv;
const minutes = Number(given);
if (!(minutes > 0)) {
  console.error(`${given} is no number of minutes: give more than 0`);
  process.exit(2);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

await buildPrograms();
const streaming = await Streaming.start();
const samples: Awaited<ReturnType<Streaming['measure']>>[] = [];
try {
  for (let i = 1; i <= SAMPLES; i++) {
    const sample = await streaming.measure((minutes * 60) / SAMPLES);
    samples.push(sample);
    const megabytes = (sample.residentBytes / 1024 / 1024).toFixed(1);
    console.log(`${i}/${SAMPLES}  ${sample.processorPercent.toFixed(2)} % of a core, ${megabytes} MB resident`);
  }
} finally {
  await streaming.stop();
}
const counted = samples.slice(WARM_UP);
const third = Math.floor(counted.length / 3);
const resident = (some: typeof samples) => median(some.map(({ residentBytes }) => residentBytes));
const grown = resident(counted.slice(-third)) - resident(counted.slice(0, third));
const percent = median(counted.map(({ processorPercent }) => processorPercent));
console.log(`${minutes} minutes: ${percent.toFixed(2)} % of a core, grown by ${Math.round(grown / 1024)} KB`);
if (percent >= MOST_PERCENT || grown > MOST_GROWTH_BYTES) {
  console.error(`at most ${MOST_PERCENT} % and ${MOST_GROWTH_BYTES / 1024} KB are to be`);
  process.exitCode = 1;
}
