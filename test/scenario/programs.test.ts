import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseScenario, runScenario, timelineText } from '../../lib/sim/index.js';
import { fileNamed, isAlive, run } from './support.js';

/** A Node program with this code. */
const node = (script: string) => JSON.stringify([process.execPath, '-e', script]);
const withProgram = (script: string, steps: string, more = '') =>
  `timeout: 20s\nprograms:\n  fw: { run: ${node(script)}${more} }\nsteps:\n${steps}`;

describe('a program', () => {
  test('has endpoint and credentials in its variables and arguments, and its lines are events', async () => {
    const script = `
      const e = process.env;
      console.log(e.TIRTC_ENDPOINT, e.TIRTC_DEVICE_ID, e.MINE, process.argv.slice(1).join());
      console.log(e.TIRTC_DEVICE_SECRET_KEY.length, e.TIRTC_DEVICE_SECRET_KEY, e.TIRTC_TOKEN);
      setInterval(() => {}, 1000);`;
    const run1 = [process.execPath, '-e', script, '{{deviceId}}', '{{remoteId}}'];
    const result = await run(`
devices: { cam: {} }
programs:
  fw: { run: ${JSON.stringify(run1)}, device: fw-1, connectsTo: cam, env: { MINE: "x{{endpoint}}" } }
steps:
  - expect: { actor: fw, event: line, where: { text: "/^(http:[^ ]+) fw-1 x\\\\1 fw-1,cam$/" } }
  - expect: { actor: fw, event: line, where: { text: "32 … v1.…" } }`);
    expect(result).toMatchObject({ outcome: 'passed' });
  });

  test('inherits the variables of its caller, except those of the SDK', async () => {
    const script = `
      const e = process.env;
      console.log(e.OTHER, e.TIRTC_CA_FILE, e.TIRTC_DEVICE_ID, e.TIRTC_DEVICE_SECRET_KEY, e.TIRTC_TOKEN, e.TIRTC_REMOTE_ID);
      setInterval(() => {}, 1000);`;
    const mine = ['TIRTC_DEVICE_ID', 'TIRTC_DEVICE_SECRET_KEY', 'TIRTC_TOKEN', 'TIRTC_REMOTE_ID', 'TIRTC_ENDPOINT'];
    const env = { ...process.env, OTHER: 'kept', TIRTC_CA_FILE: 'ca.pem' };
    const steps =
      '  - expect: { actor: fw, event: line, where: { text: "kept ca.pem undefined undefined undefined undefined" } }';
    const result = await run(withProgram(script, steps), {
      env: { ...env, ...Object.fromEntries(mine.map((name) => [name, 'mine'])) },
    });
    expect(result).toMatchObject({ outcome: 'passed' });
  });

  test('that is missing or not executable is refused with advice', async () => {
    const missing = await run('programs:\n  fw: { run: [./no-such-program] }\nsteps:\n  - start: fw');
    expect(missing).toMatchObject({ outcome: 'broken', message: expect.stringContaining('there is no such program') });
    const plain = fileNamed('plain.txt', 'hello');
    chmodSync(plain, 0o600);
    const denied = await run(`programs:\n  fw: { run: [${plain}] }\nsteps:\n  - start: fw`);
    expect(denied).toMatchObject({ outcome: 'broken', message: expect.stringContaining('it is not executable') });
  });

  test('that crashes ends the run at once, with its last lines', async () => {
    const result = await run(
      withProgram('console.error("oh no"); process.kill(process.pid, "SIGABRT")', '  - wait: 15s'),
    );
    expect(result).toMatchObject({ outcome: 'failed' });
    expect(result.message).toMatch(/^fw was ended by SIGABRT, and no step expects that\. [\s\S]*oh no/);
    expect(result.durationMs).toBeLessThan(10_000);
    expect(result.steps.at(-1)).toMatchObject({ outcome: 'failed', text: 'wait 15s' });
  });

  test('may fail when a step waits for it', async () => {
    const steps = '  - expect: { actor: fw, event: exited, where: { code: 3 } }';
    expect(await run(withProgram('process.exitCode = 3', steps))).toMatchObject({ outcome: 'passed' });
  });

  test('that hangs and ignores SIGTERM is gone afterwards, with its children', async () => {
    const script = `
      process.on('SIGTERM', () => {});
      const child = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
      console.log('pids', process.pid, child.pid);
      setInterval(() => {}, 1000);`;
    const result = await run(withProgram(script, '  - expect: { actor: fw, event: line, where: { text: "/pids/" } }'));
    expect(result).toMatchObject({ outcome: 'passed' });
    const [, one, two] = /pids (\d+) (\d+)/.exec(timelineText(result)) ?? [];
    expect([isAlive(Number(one)), isAlive(Number(two))]).toEqual([false, false]);
  });

  test('that leaves a daemon with its output open ends nevertheless', async () => {
    const daemon = 'setTimeout(() => {}, 60_000)';
    const script = `
      const { spawn } = require('node:child_process');
      const options = { stdio: ['ignore', 'inherit', 'inherit'], detached: true };
      const left = spawn(process.execPath, ['-e', ${JSON.stringify(daemon)}], options);
      console.log('left ' + left.pid);
      setInterval(() => {}, 1000);`;
    const steps = '  - expect: { actor: fw, event: line }\n  - stop: fw\n  - expect: { actor: fw, event: exited }';
    const result = await run(withProgram(script, steps));
    const pid = Number(/left (\d+)/.exec(timelineText(result))?.[1]);
    expect(isAlive(pid) && process.kill(pid, 'SIGKILL')).toBe(true); // it is neither our child nor in one of our process groups
    expect(result).toMatchObject({ outcome: 'passed' });
  });

  test('that ends without an end of line has its last line read', async () => {
    const steps = '  - expect: { actor: fw, event: line, where: { text: ready } }';
    const result = await run(withProgram('process.stdout.write("\\u001bready\\r")', steps));
    expect(result).toMatchObject({ outcome: 'passed' });
  });

  test('that hangs fails at its deadline', async () => {
    const result = await run(
      withProgram('setInterval(() => {}, 1000)', '  - expect: { actor: fw, event: exited, within: 300ms }'),
    );
    expect(result).toMatchObject({ outcome: 'failed' });
    expect(result.message).toContain('within 300 ms fw did not emit "exited"; its last events are: started');
  });

  test('that floods its output neither fills memory nor hides later events', async () => {
    const script = `
      const line = 'x'.repeat(99) + '\\n';
      const flood = (left) => left === 0
        ? process.stdout.write('y'.repeat(5e6) + '\\n', () => process.exit(7))
        : process.stdout.write(line.repeat(1000), () => flood(left - 1));
      flood(200);`;
    const result = await run(withProgram(script, '  - expect: { actor: fw, event: exited, where: { code: 7 } }'));
    expect(result).toMatchObject({ outcome: 'passed' });
    expect(result.timeline.length).toBeLessThan(5100);
    expect(result.timeline.filter(({ event }) => event === 'flooding')).toHaveLength(1);
  });

  test('is killed, started again, and stopped gracefully', async () => {
    const script = `process.on('SIGTERM', () => { console.log('bye'); process.exit(0); }); setInterval(() => {}, 1000); console.log('up');`;
    const result = await run(
      withProgram(
        script,
        `
  - start: fw
  - expect: { actor: fw, event: line, where: { text: up } }
  - kill: fw
  - expect: { actor: fw, event: exited, where: { signal: SIGKILL } }
  - start: fw
  - expect: { actor: fw, event: line, where: { text: up } }
  - stop: fw
  - expect: { actor: fw, event: line, where: { text: bye } }
  - expect: { actor: fw, event: exited, where: { code: 0 } }`,
      ),
    );
    expect(result).toMatchObject({ outcome: 'passed' });
  });

  test('in Node plays a device for TypeScript clients', async () => {
    const root = new URL('../..', import.meta.url).pathname;
    const example = join(root, 'examples/ts/start_device.ts');
    const text = `
programs:
  firmware: { run: [${process.execPath}, --import, tsx, ${example}], device: fw-1 }
clients:
  viewer: { device: fw-1 }
  app: { device: fw-1, sdk: native }
steps:
  - expect: { actor: service, event: deviceOnline, where: { deviceId: fw-1 }, within: 20s }
  - parallel: [{ connect: viewer }, { connect: app }]
  - request: { client: viewer, command: "0x4001", text: hello, expect: hello }
  - request: { client: app, command: 16385, text: hello, expect: hello }`;
    const result = await runScenario(parseScenario(text, 'a.yaml'), { folder: root });
    expect(result.message).toBeUndefined();
    expect(result.outcome).toBe('passed');
  }, 30_000);
});
