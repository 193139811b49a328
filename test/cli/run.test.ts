import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fileNamed, folder } from '../scenario/support.js';
import { TestCli, tirtc } from './support.js';

const GOOD = 'name: good\ndevices: { cam: {} }\nclients: { viewer: { device: cam } }\nsteps:\n  - connect: viewer\n';
const BAD = 'name: bad\nsteps:\n  - expect: { actor: service, event: deviceOnline, within: 20ms }\n';

describe('tirtc run', () => {
  test('run prints the steps and the total, and exits with 0', async () => {
    const { exit, out, err } = await tirtc(['run', fileNamed('good.yaml', GOOD)]);
    expect([exit, out]).toEqual([0, '1 of 1 scenarios passed']);
    expect(err).toMatch(
      /^good \(seed 1, virtual time\)\n {2}ok {3}1\. start service \(\d+ ms\)\n[\s\S]*ok {3}3\. connect viewer/,
    );
    expect(err).not.toContain('timeline');
  });

  test('run exits with 6 when an expectation fails, and prints its place and the timeline', async () => {
    const file = fileNamed('bad.yaml', BAD);
    const junit = join(folder(), 'report.xml');
    const { exit, out, err } = await tirtc(['run', fileNamed('good.yaml', GOOD), file, '--junit', junit]);
    expect([exit, out]).toEqual([6, '1 of 2 scenarios passed']);
    expect(err).toContain(`${file}:3: expect service deviceOnline within=20ms: within 20 ms service did not emit`);
    expect(err).toMatch(/timeline of bad:\n[\s\S]*service {2}listening/);
    expect(readFileSync(junit, 'utf8').match(/<testsuite /g)).toHaveLength(2);
  });

  test('run exits with 2 before any scenario starts if a file is invalid', async () => {
    const { exit, err } = await tirtc(['run', fileNamed('good.yaml', GOOD), fileNamed('wrong.yaml', 'stps: []')]);
    expect(exit).toBe(2);
    expect(err).toMatch(/wrong\.yaml:1:1: unknown key "stps": did you mean "steps"\?/m);
    expect(err).not.toContain('start service');
    expect(await tirtc(['run', '/no/such.yaml'])).toMatchObject({ exit: 2 });
    expect(await tirtc(['run', fileNamed('a.yaml', GOOD), '--repeat', '0'])).toMatchObject({ exit: 2 });
    const media = 'devices:\n  cam: { streams: [{ stream: 0, from: none.h264 }] }\nsteps: [{ wait: 1 }]';
    const lost = await tirtc(['run', fileNamed('media.yaml', media)]);
    expect(lost.exit).toBe(2);
    expect(lost.err).toMatch(/media\.yaml:2: .*none\.h264 cannot be read/);
  });

  test('run exits with 1 when a scenario cannot continue', async () => {
    const text = 'programs: { fw: { run: [./none] } }\nsteps: [{ wait: 1 }]';
    const { exit, err } = await tirtc(['run', fileNamed('a.yaml', text)]);
    expect(exit).toBe(1);
    expect(err).toContain('fw cannot be started: there is no such program');
  });

  test('run prints one JSON object per line with --json', async () => {
    const { exit, out, err } = await tirtc(['run', fileNamed('good.yaml', GOOD), '--json']);
    expect([exit, err]).toEqual([0, '']);
    const events = out.split('\n').map((line) => JSON.parse(line));
    expect(events[0]).toMatchObject({ event: 'scenario', name: 'good', seed: 1, time: 'virtual' });
    expect(events.filter(({ event }) => event === 'step')).toHaveLength(3);
    expect(events.find(({ name }) => name === 'started')).toMatchObject({ event: 'told', actor: 'cam' });
    expect(events.at(-1)).toEqual({ event: 'end', scenarios: 1, passed: 1 });
  });

  test('run uses the time that was requested, and says which one and why', async () => {
    const fileOf = (programs: string) => fileNamed('a.yaml', `${programs}steps: [{ wait: 1s }]`);
    const program = `programs: { fw: { run: [${process.execPath}, -e, '1'] } }\n`;
    const [virtual, real, programs] = await Promise.all([
      tirtc(['run', fileOf('')]),
      tirtc(['run', fileOf(''), '--time', 'real']),
      tirtc(['run', fileOf(program)]),
    ]);
    expect(virtual.err).toContain(
      '(seed 1, virtual time)\n  ok   1. start service (0 ms)\n  ok   2. wait 1s (1000 ms)',
    );
    expect(real.err).toContain('(seed 1, real time)');
    expect(programs.err).toContain('(seed 1, real time: it has programs)');
    const wrong = await tirtc(['run', fileOf(''), fileOf(program), '--time', 'virtual']);
    expect(wrong.exit).toBe(2);
    expect(wrong.err).toMatch(/a\.yaml:1: programs cannot run in virtual time/);
    expect(wrong.err).not.toContain('start service');
    expect(await tirtc(['run', fileOf(''), '--time', 'slow'])).toMatchObject({ exit: 2 });
  });

  test('run --repeat uses the next seeds', async () => {
    const { err } = await tirtc(['run', fileNamed('good.yaml', GOOD), '--seed', '5', '--repeat', '2']);
    expect(err.match(/seed \d+/g)).toEqual(['seed 5', 'seed 6']);
  });

  test('run --check only checks the files', async () => {
    const { exit, err } = await tirtc(['run', fileNamed('bad.yaml', BAD), '--check']);
    expect(exit).toBe(0);
    expect(err).toContain('bad.yaml: ok');
  });

  test('run shows the current step on a terminal, and ends when stopped', async () => {
    const lines: (string | undefined)[] = [];
    const junit = join(folder(), 'report.xml');
    const args = ['run', fileNamed('long.yaml', 'steps:\n  - wait: 30s'), '--junit', junit];
    const cli: TestCli = new TestCli(args, {
      live: (line) => {
        lines.push(line);
        if (line?.includes('wait') === true) queueMicrotask(() => cli.stop());
      },
    });
    expect(await cli.exit).toBe(1);
    expect(lines).toContain('  2. wait 30s ...');
    expect(lines.at(-1)).toBeUndefined();
    expect(existsSync(junit)).toBe(true);
  });
});
