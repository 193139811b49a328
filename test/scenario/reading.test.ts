import { describe, expect, test } from 'vitest';
import { checkScenario, type Scenario } from '../../lib/sim/index.js';
import { problemsOf } from './support.js';

const ACTORS = 'devices:\n  cam: {}\nclients:\n  viewer: { device: cam }\n';
const step = (text: string) => problemsOf(`${ACTORS}steps:\n  - ${text}\n`);

describe('a file that is not a scenario is refused with the place of the problem', () => {
  test.each([
    ['', 'a.yaml:1:1: the file is empty'],
    ['steps: [', 'a.yaml:1:9: '],
    ['steps:\n\t- wait: 1', 'a.yaml:2:1: '],
    ['a: 1\na: 2', 'a.yaml:2:1: Map keys must be unique'],
    ['[1, 2]', 'a.yaml:1:1: [1,2] is not a mapping of keys to values'],
    ['name: x', 'a.yaml:1:1: "steps" is missing'],
    ['steps: []', 'a.yaml:1:8: the list is empty'],
    ['steps: &s\n  - repeat: { times: 1, steps: *s }', 'a.yaml:2:32: *s contains itself'],
    ['steps: *none', 'a.yaml:1:8: '],
    ['? [a]\n: b', 'a.yaml:1:3: a key must be plain text'],
  ])('%j', (text, problem) => expect(problemsOf(text)[0]).toContain(problem));

  test('aliases that multiply values are refused', () => {
    const lists = Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(10)}]`);
    expect(problemsOf(`a0: &a0 [x]\n${lists.join('\n')}`)[0]).toContain('more than 100000 values');
  });
});

describe('a misspelt key or a wrong type is reported with its place and what is allowed', () => {
  test.each([
    ['strt: cam', 'a.yaml:6:5: unknown key "strt": did you mean "start"?'],
    ['{}', 'a.yaml:6:5: a step has exactly one action of start, stop'],
    ['{ wait: 1s, lift: x }', 'a.yaml:6:5: a step has exactly one action'],
    ['wait: soon', 'a.yaml:6:11: "soon" is not allowed'],
    ['wait: -5', 'a.yaml:6:11: -5 is out of range'],
    ['start: { actr: cam }', 'a.yaml:6:14: unknown key "actr": did you mean "actor"?'],
    ['connect: { client: viewer, with: { toString: 1 } }', 'a.yaml:6:38: {"toString":1} is not allowed'],
    ['connect: { client: viewer, with: tiket }', 'a.yaml:6:38: "tiket" is not allowed: did you mean "ticket"?'],
    ['repeat: { times: 0, steps: [{ wait: 1 }] }', 'a.yaml:6:22: 0 is out of range'],
    [
      'fault: { kind: reorder }',
      'a.yaml:6:20: there is no fault "reorder" (INVALID_PARAMETER, -40003): TCP delivers bytes in order',
    ],
    ['fault: { kind: dely, delayMs: 5 }', 'did you mean "delay"?'],
    ['fault: { kind: delay, delyMs: 5 }', 'a.yaml:6:27: unknown key "delyMs": did you mean "delayMs"?'],
    ['fault: { kind: cut }', 'a.yaml:6:12: the fault "cut" needs a device or a connection'],
  ])('%s', (text, problem) => expect(step(text).join('\n')).toContain(problem));

  test('misspelt keys of actors are reported', () => {
    expect(problemsOf('devices:\n  "my cam": {}\nsteps: [{ wait: 1 }]')[0]).toContain(
      'a.yaml:2:3: "my cam" is not a valid name',
    );
    expect(problemsOf('devices:\n  cam: { secrt: wrong }\nsteps: [{ wait: 1 }]')[0]).toContain(
      'did you mean "secret"?',
    );
    expect(problemsOf('service: { silenceMS: 5 }\nsteps: [{ wait: 1 }]')[0]).toContain('did you mean "silenceMs"?');
  });

  test('all problems are reported at once', () => {
    expect(problemsOf(`${ACTORS}steps:\n  - strat: a\n  - wiat: 1\n  - stop: cam\n`)).toHaveLength(2);
  });
});

describe('an impossible scenario is refused before anything starts', () => {
  test.each([
    ['start: camm', 'a.yaml:6:12: there is no actor "camm": did you mean "cam"?'],
    ['start: viewer', '"viewer" is a client: name a service or a device or a program'],
    ['connect: cam', '"cam" is a device: name a client'],
    ['kill: x', 'there is no program "x": the scenario has none'],
    [
      'expect: { actor: cam, event: strated }',
      'a.yaml:6:34: a device does not emit "strated": did you mean "started"?',
    ],
    [
      'expect: { actor: cam, event: busy, where: { strem: 0 } }',
      'the event busy has no "strem": did you mean "stream"?',
    ],
    ['expect: { actor: cam, event: hijacked, where: { location: "/(/" } }', 'a.yaml:6:63: Invalid regular expression'],
    [
      'expect: { actor: cam, event: started, within: 2m }',
      'the deadline is 120000 ms, and the timeout of the whole run is 60000 ms',
    ],
    ['expect: { actor: cam, event: started, within: 0 }', 'the duration must not be 0'],
    ['wait: 61s', 'a.yaml:6:3: the waits alone take 61000 ms'],
    ['repeat: { times: 100, steps: [{ wait: 1s }] }', 'the waits alone take 100000 ms'],
    ['never: { actor: cam, event: busy, during: 2m }', 'the waits alone take 120000 ms'],
    ['connect: { client: viewer, fails: TOKEN_EXPIRD }', 'did you mean "TOKEN_EXPIRED"?'],
    ['connect: { client: viewer, token: { device: com } }', 'there is no device "com": did you mean "cam"?'],
    ['connect: { client: viewer, token: { ttl: 1500ms } }', 'whole seconds'],
    ['connect: { client: viewer, with: ticket, token: { ttl: 1s } }', '"token" cannot be combined with ticket'],
    ['subscribe: { client: viewer }', 'one stream is required'],
    ['receive: { client: viewer, video: 0, frames: 1, keyFrames: 2 }', '2 of 1 frames cannot be key frames'],
    ['request: { client: viewer, command: hello }', '"hello" is not a command'],
    ['lift: storm', 'no earlier fault is named "storm"'],
    ['start: { actor: service, fails: BUSY }', 'only the start of a device can be expected to fail'],
    [
      'connect: { client: viewer, cancelAfter: 1ms, fails: BUSY }',
      'a cancelled connect may also succeed: remove "fails"',
    ],
    ['receive: { client: viewer, video: 0, timestamps: shrink }', 'grow'],
    ['fault: { kind: kill, device: com }', 'there is no device "com": did you mean "cam"?'],
  ])('%s', (text, problem) => expect(step(text).join('\n')).toContain(problem));

  test.each([
    ['clients:\n  v: { device: cam }', 'a.yaml:2:16: there is no device "cam": the scenario has none'],
    ['devices:\n  a: {}\nclients:\n  a: { device: a }', 'a.yaml:4:3: "a" is already the name of one of the devices'],
    ['devices:\n  service: {}', '"service" is already the name of the service'],
    [
      'devices:\n  a: { copies: 2 }\nclients:\n  a-2: { device: a }',
      '"a-2" is already the name of a copy among the devices',
    ],
    ['devices:\n  a: { streams: [{ stream: 1, from: tone }, { stream: 1, from: tone }] }', 'stream 1 is used twice'],
    ['devices:\n  a: { commands: { "0x4001": eco } }', 'the answer to "0x4001" is invalid'],
    ['programs:\n  p: { run: [x, "{{endpont}}"] }', 'a.yaml:2:17: {{endpont}} is unknown: did you mean "endpoint"?'],
    ['programs:\n  p: { run: [x, "{{token}}"] }', '{{token}} has no value: give the program "connectsTo"'],
    ['devices:\n  a: {}\nprograms:\n  p: { run: [x], device: a }', 'already the id of a simulated device'],
    ['timeout: 0', 'a run needs time'],
  ])('%j', (text, problem) => {
    expect(problemsOf(`${text}\nsteps: [{ wait: 1 }]`).join('\n')).toContain(problem);
  });
});

describe('a scenario in TypeScript', () => {
  test('is checked with the same rules and reports paths', () => {
    const check = (scenario: object) => () => checkScenario(scenario as Scenario);
    expect(check({ steps: [{ start: 'cam' }] })).toThrow('steps[0].start: there is no actor "cam"');
    expect(check({ steps: [{ wait: 1 }], sed: 1 })).toThrow('sed: unknown key "sed": did you mean "seed"?');
    expect(check({})).toThrow('the scenario: "steps" is missing');
  });

  test('may have functions as steps', () => {
    expect(checkScenario({ steps: [() => {}, { parallel: [() => {}] }] }).scenario.steps).toHaveLength(2);
  });
});
