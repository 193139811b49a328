import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type CheckedScenario, readScenario, runScenario, timelineText } from '../../lib/sim/index.js';

const folder = new URL('../../examples/scenarios/', import.meta.url).pathname;
const library = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .map((name): readonly [string, CheckedScenario] => [name, readScenario(folder + name)]);
/** Programs run only in real time. */
const ours = library.filter(([, { scenario }]) => scenario.programs === undefined);
/** Scenarios that would take too long in real time have `time: virtual`. */
const short = library.filter(([, { scenario }]) => scenario.time !== 'virtual');

async function pass(checked: CheckedScenario, time: 'real' | 'virtual', seed = 1) {
  const result = await runScenario(checked, { time, seed });
  if (result.outcome !== 'passed') throw new Error(`${result.message}\n${timelineText(result)}`);
  expect(result.steps.length).toBeGreaterThan(2);
  return result;
}

test('the library has scenarios', () => {
  expect([library.length, ours.length]).toEqual([expect.any(Number), expect.any(Number)]);
  expect(ours.length).toBeGreaterThanOrEqual(11);
  expect(short.length).toBeGreaterThanOrEqual(10);
});

describe('in real time', () => {
  test.each(short)('examples/scenarios/%s passes', { timeout: 90_000 }, async (_name, checked) => {
    await pass(checked, 'real');
  });
});

describe('in virtual time', () => {
  test.each(ours)(
    'examples/scenarios/%s passes twice with the same timeline',
    { timeout: 60_000 },
    async (_name, checked) => {
      const [first, second] = [await pass(checked, 'virtual', 7), await pass(checked, 'virtual', 7)];
      expect(JSON.stringify(second)).toBe(JSON.stringify(first));
      expect(timelineText(second)).toBe(timelineText(first));
    },
  );

  test('random waits depend on the seed', async () => {
    const backOff = ours.find(([name]) => name === 'back-off.yaml')?.[1] as CheckedScenario;
    const texts = await Promise.all([1, 2].map(async (seed) => timelineText(await pass(backOff, 'virtual', seed))));
    expect(texts[0]).not.toBe(texts[1]);
  });

  test('a refused device waits half a minute at most and tries without end', async () => {
    const backOff = ours.find(([name]) => name === 'back-off.yaml')?.[1] as CheckedScenario;
    const { timeline } = await pass(backOff, 'virtual');
    const failures = timeline.filter(({ actor, event }) => actor === 'camera' && event === 'startFailed');
    const started = timeline.find(({ event }) => event === 'started');
    const times = [...failures, ...(started === undefined ? [] : [started])].map(({ atMs }) => atMs);
    failures.forEach(({ atMs, details: { retryInMs } }, i) => {
      expect(times[i + 1]).toBe(atMs + Number(retryInMs)); // as announced, to the millisecond
      expect(retryInMs).toBeLessThanOrEqual(30_000);
    });
    expect(times.at(-1)).toBeGreaterThanOrEqual(600_000);
  });
});
