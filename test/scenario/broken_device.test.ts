import { describe, expect, test } from 'vitest';
import { runScenario, type Step, timelineText } from '../../lib/sim/index.js';

/** A device in C with a defect, and the scenarios that find it. */
const ROOT = new URL('../..', import.meta.url).pathname;
const PROGRAM = 'build/c/test/scenario/programs/broken_device';
const CLIP = 'examples/media/testsrc2-320x240-15fps.h264';
const PATIENT = { timeout: 60_000 };

const online: Step = { expect: { actor: 'service', event: 'deviceOnline', within: '5s' } };
const watch: readonly Step[] = [online, { connect: 'viewer' }, { subscribe: { client: 'viewer', video: 0 } }];

const families: Readonly<Record<string, readonly Step[]>> = {
  start: [online],
  commands: [
    online,
    { connect: 'viewer' },
    {
      repeat: {
        times: 3,
        steps: [{ request: { client: 'viewer', command: 0x4001, text: 'hello', expect: 'hello', within: '2s' } }],
      },
    },
  ],
  pictures: [
    ...watch,
    { receive: { client: 'viewer', video: 0, frames: 40, timestamps: 'grow', like: CLIP, within: '6s' } },
  ],
  'key frames on request': [
    ...watch,
    { receive: { client: 'viewer', video: 0, frames: 3 } },
    { repeat: { times: 2, steps: [{ keyFrame: { client: 'viewer', video: 0, within: '3s' } }] } },
  ],
  'many viewers, one after the other': [
    online,
    {
      repeat: {
        times: 4,
        steps: [
          { connect: 'viewer' },
          { subscribe: { client: 'viewer', video: 0 } },
          { receive: { client: 'viewer', video: 0, frames: 2 } },
          { disconnect: 'viewer' },
          { expect: { actor: 'service', event: 'connectionClosed' } },
        ],
      },
    },
  ],
  'a restart of the service': [
    ...watch,
    { fault: { kind: 'down', forMs: 100 } },
    { expect: { actor: 'service', event: 'deviceOffline' } },
    online,
  ],
  'an end in good order': [
    online,
    { stop: 'firmware' },
    { expect: { actor: 'firmware', event: 'exited', where: { code: 0 }, within: 100 } },
  ],
  output: [online, { never: { actor: 'firmware', event: 'flooding', during: '1s' } }],
};

function run(family: string, defect: string) {
  return runScenario(
    {
      name: family,
      timeout: '25s',
      programs: { firmware: { run: [PROGRAM, defect, CLIP], device: 'camera' } },
      clients: { viewer: { device: 'camera' } },
      steps: families[family] ?? [],
    },
    { folder: ROOT },
  );
}

describe('a good device', () => {
  test.concurrent.each(Object.keys(families))('passes %s', PATIENT, async (family) => {
    const result = await run(family, 'none');
    if (result.outcome !== 'passed') throw new Error(`${result.message}\n${timelineText(result)}`);
  });
});

/** The defect, the family that finds it, and the message. */
const found: readonly (readonly [string, string, RegExp])[] = [
  ['never-starts', 'start', /^within 5\.00 s service did not emit "deviceOnline"; its last events are: listening \(/],
  ['wrong-secret', 'start', /did not emit "deviceOnline"; .*startRefused \(deviceId="camera" reason="refused"\)/],
  ['never-answers', 'commands', /^no answer for viewer: .*TIMEOUTED/],
  ['wrong-answer', 'commands', /^the answer was "he", not "hello"$/],
  ['wrong-sequence-number', 'commands', /^no answer for viewer: .*; unexpected response .*sequenceNumber=2/],
  [
    'crashes',
    'commands',
    /^firmware was ended by SIGABRT, and no step expects that\. Its last lines:\n[\s\S]*about to crash/,
  ],
  ['hangs', 'commands', /^no answer for viewer: .*TIMEOUTED/],
  ['exits-early', 'commands', /Before that, firmware ended with exit code 0$/],
  ['refuses-viewers', 'pictures', /^video 0 failed: .*SUBSCRIBE_REFUSED/],
  [
    'no-key-frames',
    'pictures',
    /^within 6\.00 s viewer received 0 frames of video 0, 0 of them key frames; expected: 40 frames$/,
  ],
  ['stalls', 'pictures', /^within 6\.00 s viewer received \d+ frames of video 0, .*; expected: 40 frames$/],
  [
    'wrong-timestamps',
    'pictures',
    /^frame 2 of video 0 has the timestamp \d+, and the one before it \d+: timestamps must grow$/,
  ],
  [
    'truncated-frames',
    'pictures',
    /^frame 1 of video 0 \(\d+ bytes\) is not a frame of .*: it ends after \d+ of \d+ bytes$/,
  ],
  ['hangs-up', 'pictures', /^viewer is not connected: it ended: .*PEER_CLOSED/],
  [
    'ignores-key-frame-request',
    'key frames on request',
    /viewer received \d+ frames of video 0, 0 of them key frames; expected: 1 frames, 1 of them/,
  ],
  ['forgets-to-free', 'many viewers, one after the other', /PEER_CLOSED/],
  ['gives-up', 'a restart of the service', /did not emit "deviceOnline"; its last events are: .*deviceOffline/],
  [
    'ignores-sigterm',
    'an end in good order',
    /did not emit "exited" with \{"code":0\}; it emitted: exited \(signal="SIGKILL"\)/,
  ],
  ['floods', 'output', /^firmware emitted "flooding" \(lines=5000\), which must not happen here$/],
];

describe('a device that', () => {
  test.concurrent.each(found)('%s is found by the scenario of %s', PATIENT, async (defect, family, message) => {
    const result = await run(family, defect);
    expect(result.message).toMatch(message);
    expect(result.outcome).toBe('failed');
  });

  test('has an unknown defect reports that', PATIENT, async () => {
    const result = await run('start', 'laughs');
    expect(result.message).toMatch(
      /firmware ended with exit code 2, .*\n.*there is no defect "laughs"; there are: none never-starts/,
    );
  });
});
