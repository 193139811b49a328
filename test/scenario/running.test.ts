import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { junitXml, parseScenario, runScenario, type Scenario, timelineText } from '../../lib/sim/index.js';
import { folder, run } from './support.js';

const PAIR = 'devices: { cam: { commands: { "0x4001": echo } } }\nclients: { viewer: { device: cam } }\n';

describe('a run', () => {
  test('starts all actors that no step starts, and ends all actors', async () => {
    const result = await run(`${PAIR}steps:\n  - connect: viewer`);
    expect(result.steps.map(({ text }) => text)).toEqual(['start service', 'start cam', 'connect viewer']);
    const events = result.timeline.map(({ actor, event }) => `${actor} ${event}`);
    expect(events.slice(-3)).toContain('service stopped');
    expect(events).toContain('cam stopped');
  });

  test('is reported step by step and event by event, in order', async () => {
    const told: string[] = [];
    const checked = parseScenario(`${PAIR}steps:\n  - connect: viewer`, `${folder()}/a.yaml`);
    const result = await runScenario(checked, {
      observer: {
        stepBegins: (number, text) => told.push(`${number} ${text} begins`),
        stepEnded: ({ number, outcome }) => told.push(`${number} ${outcome}`),
        event: ({ event, kind }) => kind === 'device' && told.push(event),
      },
    });
    expect(result.outcome).toBe('passed');
    expect(told.slice(0, 5)).toEqual([
      '1 start service begins',
      '1 passed',
      '2 start cam begins',
      'started',
      '2 passed',
    ]);
  });

  test('lets a step that is a function lift a named fault and move the date', async () => {
    const scenario: Scenario = {
      devices: { cam: {} },
      steps: [
        { start: 'service' },
        { fault: { kind: 'refuse', link: 'start', as: 'closed' } },
        { start: { actor: 'cam', wait: false } },
        { expect: { actor: 'cam', event: 'startFailed' } },
        async ({ faults, clock }) => {
          clock.moveDate(60_000);
          await faults.get('closed')?.lift();
        },
        { expect: { actor: 'cam', event: 'started' } },
      ],
    };
    expect((await runScenario(scenario)).outcome).toBe('passed');
  });

  test('shows no secret in any failure', async () => {
    const secrets: string[] = [];
    const scenario: Scenario = {
      devices: { cam: { secret: 'wrong' } },
      clients: { viewer: { device: 'cam' } },
      steps: [
        (world) => {
          secrets.push(world.token('cam', 'me'));
          world.timeline.add('me', 'program', 'line', { text: `token ${secrets[0]}` });
        },
        { start: { actor: 'cam', fails: 'REFUSED' } },
        { connect: { client: 'viewer', fails: 'TICKET' } },
      ],
    };
    const result = await runScenario(scenario);
    expect(result.outcome).toBe('failed');
    expect(result.message).toContain('instead of TICKET');
    const shown = timelineText(result) + junitXml([result]);
    expect(shown).toContain('token v1.…');
    for (const secret of secrets) expect(shown).not.toContain(secret);
  });

  test('has the same credentials with the same seed and others with another seed', async () => {
    const secretFor = async (seed: number) => {
      const script =
        'console.log(require("crypto").createHash("sha256").update(process.env.TIRTC_SECRET_KEY_ID).digest("hex"))';
      const programs = { fw: { run: [process.execPath, '-e', script] } };
      const expectLine = { expect: { actor: 'fw', event: 'line', where: { stream: 'stdout' } } } as const;
      const result = await runScenario({ programs, steps: [expectLine] }, { seed });
      const { text } = result.timeline.find(({ event }) => event === 'line')?.details ?? {};
      return text;
    };
    const [one, same, other] = await Promise.all([secretFor(7), secretFor(7), secretFor(8)]);
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect([same === one, other === one]).toEqual([true, false]);
  });

  test('ends at its signal and at its timeout', async () => {
    const signal = AbortSignal.timeout(50);
    const stopped = await runScenario({ time: 'real', steps: [{ wait: '20s' }] }, { signal });
    expect(stopped).toMatchObject({ outcome: 'stopped', message: 'the run was stopped' });
    const late = await run(
      `timeout: 300ms\n${PAIR}steps:\n  - never: { actor: cam, event: busy, during: 50ms }\n  - expect: { actor: cam, event: busy, within: 300ms }`,
    );
    expect(late).toMatchObject({ outcome: 'failed' });
  });

  test('whose port is in use is broken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const taken = await run(`service: { port: ${port} }\nsteps:\n  - wait: 1ms`);
    expect(taken).toMatchObject({ outcome: 'broken', message: expect.stringContaining('EADDRINUSE') });
    server.close();
  });
});

describe('steps', () => {
  test('fail with what was missing and what happened instead, at their line', async () => {
    const result = await run(
      `${PAIR}steps:\n  - connect: viewer\n  - expect: { actor: service, event: deviceOnline, where: { deviceId: bell }, within: 50ms }`,
    );
    expect(result.outcome).toBe('failed');
    expect(result.message).toMatch(
      /^within 50 ms service did not emit "deviceOnline" with .*"bell".*; it emitted: deviceOnline \(deviceId="cam"/,
    );
    expect(result.steps.at(-1)).toMatchObject({ outcome: 'failed', place: expect.stringMatching(/a\.yaml:5$/) });
  });

  test.each([
    ['connect: { client: viewer, fails: TOKEN_USED }', 'the connect of viewer succeeded, expected TOKEN_USED'],
    ['connect: { client: viewer, with: used-token }', 'viewer has not used a token yet'],
    ['disconnect: viewer\n  - request: { client: viewer, command: 1 }', 'viewer is not connected: connect it first'],
    ['fault: { kind: stall, connection: 9 }', 'connection 9 is not open'],
    ['stop: service\n  - fault: { kind: down }', 'a fault needs a running service'],
    [
      'connect: viewer\n  - request: { client: viewer, command: "0x4001", text: a, expect: b }',
      'the answer was "a", not "b"',
    ],
    ['connect: viewer\n  - request: { client: viewer, command: "0x4002", within: 50ms }', 'no answer for viewer'],
    ['connect: viewer\n  - subscribe: { client: viewer, video: 3 }', 'video 3 failed'],
    ['connect: viewer\n  - receive: { client: viewer, video: 0, within: 50ms }', 'viewer received 0 frames of video 0'],
    [
      'parallel: [{ connect: viewer }, { never: { actor: viewer, event: connected, during: 5s } }]',
      'which must not happen here',
    ],
  ])('%s: %s', async (steps, why) => {
    const result = await run(`${PAIR}steps:\n  - ${steps}`);
    expect(result).toMatchObject({ outcome: 'failed', message: expect.stringContaining(why) });
  });

  test('can be repeated, parallel, and functions', async () => {
    const call = vi.fn();
    const result = await runScenario({
      steps: [{ repeat: { times: 3, steps: [{ parallel: [{ wait: 1 }, call] }] } }],
    });
    expect(result.outcome).toBe('passed');
    expect(call).toHaveBeenCalledTimes(3);
    expect(result.steps.at(-1)?.text).toContain('(round 3 of 3)');
  });

  test('take each event once', async () => {
    const twice =
      '  - expect: { actor: cam, event: started }\n  - expect: { actor: cam, event: started, within: 50ms }';
    expect(await run(`${PAIR}steps:\n${twice}`)).toMatchObject({ outcome: 'failed' });
  });

  test('end the faults that they named', async () => {
    const result = await run(`${PAIR}steps:
  - start: [service, cam]
  - fault: { kind: refuse, link: connect, bye: full, as: full house }
  - connect: { client: viewer, fails: FULL }
  - lift: full house
  - connect: viewer
  - expect: { actor: service, event: fault, where: { kind: refuse, what: lifted } }`);
    expect(result.message).toBeUndefined();
  });

  test('stop and start the service at the same endpoint', async () => {
    const result = await run(`${PAIR}steps:
  - start: [service, cam]
  - stop: service
  - expect: { actor: cam, event: serviceLost }
  - start: service
  - expect: { actor: cam, event: serviceBack }
  - connect: viewer`);
    expect(result.message).toBeUndefined();
  });
});

describe('an outage', () => {
  test('is one loss in the timeline, however many attempts fail in it', async () => {
    const outage = `
  - fault: { kind: down, forMs: 9000 }
  - expect: { actor: cam, event: serviceLost }
  - expect: { actor: cam, event: reconnectFailed, where: { code: HTTP_SERVER_DOWN }, count: 3 }
  - expect: { actor: cam, event: serviceBack, within: 20s }`;
    const result = await run(`${PAIR}steps:\n  - start: [service, cam]${outage.repeat(2)}`);
    expect(result.message).toBeUndefined();
    expect(result.timeline.filter(({ event }) => event === 'serviceLost')).toHaveLength(2);
  });
});

describe('JUnit', () => {
  test('has a suite for each scenario and a case for each step, with the timeline of what failed', async () => {
    const bad = await run(`name: a "<b>" & c\n${PAIR}steps:\n  - connect: { client: viewer, fails: TOKEN_USED }`);
    const xml = junitXml([bad]);
    expect(xml).toContain('<testsuite name="a &quot;&lt;b&gt;&quot; &amp; c"');
    expect(xml).toContain('tests="3" failures="1" errors="0"');
    expect(xml).toContain('<failure message="the connect of viewer succeeded, expected TOKEN_USED">');
    expect(xml).toMatch(/<system-out>[\s\S]*cam\s+started/);
  });

  test('has all characters that XML allows', async () => {
    const name = 'odd \0\x07\ufffe\ud800 ]]> \u{1f600}';
    const where = { endpoint: 'a\r\n\tb \x01]]>"' };
    const xml = junitXml([
      await runScenario({ name, steps: [{ expect: { actor: 'service', event: 'listening', where, within: 10 } }] }),
    ]);
    expect(xml).toContain('<testsuite name="odd ???? ]]&gt; \u{1f600}"');
    expect(xml).not.toMatch(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u);
    expect(xml).not.toContain(']]>');
    for (const [, values = ''] of xml.matchAll(/<\w+((?: \w+="[^"]*")*)\/?>/g)) expect(values).not.toMatch(/[<\n]/);
  });

  test('shows a run that stopped before its first step as an error', async () => {
    const result = await runScenario({ steps: [{ wait: 1 }] }, { signal: AbortSignal.abort() });
    expect(junitXml([result])).toMatch(/(errors|failures)="1"/);
  });
});
