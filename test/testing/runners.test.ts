import { describe, expect, test } from 'vitest';
import { isAlive } from '../scenario/support.js';
import { type Ended, runByNode, runByVitest } from './support.js';

const PATIENT = { timeout: 110_000 };
const runners: Readonly<Record<string, (color: string) => Promise<Ended>>> = {
  Node: (color) => runByNode(`test/testing/samples/${color}_node.ts`),
  Vitest: (color) => runByVitest('test/testing/samples/vitest.config.ts', `${color}_vitest`),
};

describe.each(Object.entries(runners))('with the test runner of %s', (_name, run) => {
  test('tests without a failure pass', PATIENT, async () => {
    const { exitCode, text } = await run('green');
    expect(text).not.toContain('What all actors did');
    expect(exitCode).toBe(0);
  });

  test('a failure shows the timeline, and all its actors end', PATIENT, async () => {
    const { exitCode, text } = await run('red');
    expect(exitCode).toBe(1);
    const timelines = text.split('What all actors did:').slice(1);
    const [missing, wrong, slow, crashed] = [
      timelines.find((one) => /^ +[\d.]+ +viewer +connected \(with="token"\)$/m.test(one)),
      timelines.find((one) => /^ +[\d.]+ +doorbell +started$/m.test(one)),
      timelines.find((one) => /^#? +[\d.]+ +firmware +started \(pid=\d+\)$/m.test(one)),
      timelines.find((one) => /^ +[\d.]+ +printer +exited \(code=3\)$/m.test(one)),
    ];
    expect([missing, wrong, slow, crashed]).not.toContain(undefined);
    expect(text).toMatch(/ScenarioFailure|viewer received 0 frames of audio 0/);
    expect(text).toContain('within 100 ms viewer received 0 frames of audio 0');
    expect(text).toContain('printer ended with exit code 3, and its option mayFail is not set. Its last lines:');
    expect(text).toMatch(/out of paper …$/m);
    const [, pid] = /firmware +started \(pid=(\d+)\)/.exec(slow ?? '') ?? [];
    expect(isAlive(Number(pid))).toBe(false);
    // The stack leads to the call in the test.
    expect(text).toMatch(/samples\/suite\.ts:\d+:\d+/);
    expect(text).not.toMatch(/lib\/testing\/\w+\.ts:\d+/);
  });
});
