import { describe, expect, test } from 'vitest';
import { runScenario, type Scenario, timelineText } from '../../lib/sim/index.js';
import { problemsOf, run } from './support.js';

const PAIR: Scenario = {
  devices: { cam: { commands: { '0x4001': 'echo' } } },
  clients: { viewer: { device: 'cam' } },
  steps: [{ connect: 'viewer' }],
};

describe('the time of a scenario', () => {
  test('is virtual when all actors are simulated', async () => {
    const result = await runScenario({ ...PAIR, steps: [{ connect: 'viewer' }, { wait: '1h' }], timeout: '2h' });
    expect(result).toMatchObject({ outcome: 'passed', time: 'virtual' });
    expect(result.durationMs).toBeGreaterThanOrEqual(3_600_000);
    expect(result.steps.at(-1)?.durationMs).toBe(3_600_000);
  });

  test('is real for functions, ports for other programs, and on request', async () => {
    const times = await Promise.all([
      runScenario({ ...PAIR, steps: [{ repeat: { times: 1, steps: [() => {}] } }] }),
      runScenario({ ...PAIR, service: { port: 0 } }),
      runScenario({ ...PAIR, time: 'real' }),
      runScenario(PAIR, { time: 'real' }),
      runScenario({ ...PAIR, time: 'virtual', steps: [() => {}] }),
      runScenario({ ...PAIR, time: 'real' }, { time: 'virtual' }),
      runScenario({ ...PAIR, service: { port: 4711, host: '::1' } }, { time: 'virtual' }),
    ]);
    expect(times.map(({ outcome }) => outcome)).toEqual(times.map(() => 'passed'));
    expect(times.map(({ time }) => time)).toEqual(['real', 'real', 'real', 'real', 'virtual', 'virtual', 'virtual']);
    expect(times[6]?.timeline[1]?.details).toEqual({ endpoint: 'http://[::1]:4711' });
  });

  test('cannot be virtual with programs: the error has the place and advice', async () => {
    const programs = 'programs: { fw: { run: [fw] } }\nsteps: [{ wait: 1 }]';
    expect(problemsOf(`time: virtual\n${programs}`)).toEqual([
      'a.yaml:1:7: programs cannot run in virtual time: use "real", or remove "time"',
    ]);
    await expect(run(programs, { time: 'virtual' })).rejects.toThrow(/a\.yaml:1: programs cannot run in virtual time/);
    expect(problemsOf(`time: slow\n${programs}`)[0]).toMatch(/^a\.yaml:1:7: "slow" is not allowed: /);
  });

  test('ends runs at their timeout, and steps at their deadline, in virtual time', async () => {
    const late = await runScenario({
      ...PAIR,
      timeout: '10m',
      steps: [{ parallel: [{ wait: '9m' }, { wait: '10m' }] }],
    });
    expect(late.durationMs).toBe(600_000);
    const missing = await runScenario({
      ...PAIR,
      timeout: '1h',
      steps: [{ expect: { actor: 'cam', event: 'busy', within: '30m' } }],
    });
    expect(missing).toMatchObject({
      outcome: 'failed',
      message: expect.stringContaining('within 1800.0 s cam did not'),
    });
  });

  test('passes deadlines when a peer never answers or the service is stopped', async () => {
    const result = await runScenario({
      ...PAIR,
      steps: [
        { start: 'service' },
        { start: 'cam' },
        { fault: { kind: 'neverAnswer', link: 'connect' } },
        { connect: { client: 'viewer', within: '3s', fails: 'TIMEOUTED' } },
        { stop: 'service' },
        { connect: { client: 'viewer', fails: 'HTTP_SERVER_DOWN' } },
        { start: 'service' },
        { expect: { actor: 'cam', event: 'serviceBack', within: '30s' } },
        { connect: 'viewer' },
      ],
    });
    if (result.outcome !== 'passed') throw new Error(`${result.message}\n${timelineText(result)}`);
  });

  test.each([
    ['typescript', 30],
    ['native', 8],
  ] as const)('gives a connect of sdk %s the time the step or the client says', async (sdk, seconds) => {
    const connect = (more: { readonly within?: string } = {}) => ({ client: 'viewer', fails: 'TIMEOUTED', ...more });
    const result = await runScenario({
      ...PAIR,
      clients: { viewer: { device: 'cam', sdk, timeout: '4s' } },
      steps: [
        { fault: { kind: 'neverAnswer', link: 'connect' } },
        { connect: connect() },
        { connect: connect({ within: `${seconds}s` }) },
      ],
    });
    expect(result).toMatchObject({ outcome: 'passed' });
    const [, short = 0, long = 0] = result.steps.slice(-3).map(({ durationMs }) => Math.round(durationMs / 1000));
    expect([short, long]).toEqual([4, seconds]);
  });

  test('is stopped by a signal', async () => {
    const stop = new AbortController();
    const result = await runScenario(
      { ...PAIR, time: 'virtual', steps: [() => stop.abort(), { wait: '50s' }] },
      { signal: stop.signal },
    );
    expect(result).toMatchObject({ outcome: 'stopped', durationMs: expect.any(Number) });
    expect(result.durationMs).toBeLessThan(5000);
  });
});

describe('the date', () => {
  const steps: Scenario['steps'] = [
    { connect: 'viewer' },
    { disconnect: 'viewer' },
    { moveDate: '1h' },
    { connect: { client: 'viewer', with: 'used-token', fails: 'TOKEN_EXPIRED' } },
    { connect: 'viewer' },
    { moveDate: '-90m' },
    { connect: { client: 'viewer', with: 'used-token', fails: 'TOKEN_EARLY' } },
    { connect: 'viewer' },
  ];

  test.each(['real', 'virtual'] as const)('moves only for tokens, in %s time', async (time) => {
    const result = await runScenario({ ...PAIR, time, steps });
    if (result.outcome !== 'passed') throw new Error(`${result.message}\n${timelineText(result)}`);
    expect(result.durationMs).toBeLessThan(60_000);
  });

  test.each(['1d', 'tomorrow', '--1h', true])('cannot move by %j', (shift) => {
    expect(problemsOf(`steps:\n  - moveDate: ${shift}`)[0]).toMatch(/^a\.yaml:2:15: .*is not.*"3h", "-30m"/);
  });
});
