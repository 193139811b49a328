// Scenarios in real time, with a service that answers as late as one across a network.
import { runScenario, type Scenario } from '../../lib/sim/index.js';
import { serve } from '../support/serve.js';

const COUNT = 100;

/** Returns how many ms a step takes after others; for a repeated step, all rounds. */
async function timeOf(actors: Scenario, before: Scenario['steps'], step: Scenario['steps'][number]): Promise<number> {
  const result = await runScenario({ ...actors, time: 'real', timeout: '10m', steps: [...before, step] });
  if (result.outcome !== 'passed') throw new Error(result.message);
  return result.steps.slice(before.length).reduce((ms, { durationMs }) => ms + durationMs, 0);
}

const away = (delayMs: number) => ({ fault: { kind: 'answerSlowly', delayMs } }) as const;

serve({
  startDevices: (delayMs: number) =>
    timeOf({ devices: { camera: { copies: COUNT } }, steps: [] }, [{ start: 'service' }, away(delayMs)], {
      start: 'camera',
    }),
  connectOneByOne: (delayMs: number) =>
    timeOf(
      { devices: { camera: { maxConnections: COUNT } }, clients: { viewer: { device: 'camera' } }, steps: [] },
      [{ start: 'service' }, { start: 'camera' }, away(delayMs)],
      { repeat: { times: COUNT, steps: [{ connect: 'viewer' }] } },
    ),
});
