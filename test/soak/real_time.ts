import { buildScripts } from '../../bench/build.js';
import { type Streamed, Streaming } from '../../bench/support/streaming.js';
import { growth, median } from './growth.js';

const SAMPLES = 30;
/** Samples until everything that is allocated once has been: just-in-time code, V8's generations, malloc's arenas. */
const WARM_UP = 6;
const MAX_PERCENT = 2;
/** Growth of resident memory between the first and the last third of the samples that count. */
const MAX_GROWTH_KB = 2048;

/** Streams 1 Mbit/s from a simulated device in real time. Returns what takes too much of a core or grew. */
export async function soakRealTime(minutes: number): Promise<readonly string[]> {
  await buildScripts();
  const streaming = await Streaming.start();
  const samples: Streamed[] = [];
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
  const grownKb = Math.round(growth(counted.map(({ residentBytes }) => residentBytes)) / 1024);
  const percent = median(counted.map(({ processorPercent }) => processorPercent));
  console.log(`${minutes} minutes: ${percent.toFixed(2)} % of a core, grown by ${grownKb} KB`);
  return [
    ...(percent >= MAX_PERCENT
      ? [`the device takes ${percent.toFixed(2)} % of a core: less than ${MAX_PERCENT} is allowed`]
      : []),
    ...(grownKb > MAX_GROWTH_KB ? [`resident memory grew by ${grownKb} KB: at most ${MAX_GROWTH_KB} are allowed`] : []),
  ];
}
