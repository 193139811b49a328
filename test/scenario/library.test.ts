import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readScenario, runScenario, timelineText } from '../../lib/sim/index.js';

const folder = new URL('../../examples/scenarios/', import.meta.url).pathname;
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

test('there is a library of scenarios', () => expect(files.length).toBeGreaterThanOrEqual(9));

test.each(files)('examples/scenarios/%s passes', { timeout: 90_000 }, async (name) => {
  const result = await runScenario(readScenario(folder + name));
  if (result.outcome !== 'passed') throw new Error(`${result.message}\n${timelineText(result)}`);
  expect(result.steps.length).toBeGreaterThan(2);
});
