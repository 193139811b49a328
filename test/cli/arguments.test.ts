import { expect, test } from 'vitest';
import { parseArguments } from '../../lib/cli/arguments.js';

const parse = (...args: string[]) => parseArguments(args, '1.2.3');

test('tirtc serve has defaults', () => {
  expect(parse('serve')).toEqual({ command: 'serve', args: { port: 8080, host: '127.0.0.1' } });
});

test('tirtc serve accepts all of its options', () => {
  const args = ['--port', '0', '--host', '::1', '--demo', '--config', 'f', '--device', 'd', '--app', 'a'];
  expect(parse('serve', ...args, '--reusable-tokens', '--json')).toEqual({
    command: 'serve',
    args: {
      port: 0,
      host: '::1',
      demo: true,
      config: 'f',
      device: 'd',
      app: 'a',
      reusableTokens: true,
      json: true,
    },
  });
});

test('--app without an id leaves the id to the environment', () => {
  expect(parse('serve', '--app')).toMatchObject({ args: { app: true } });
});

test('the token commands have defaults', () => {
  expect(parse('token', 'issue', '--remote-id', 'd')).toEqual({
    command: 'token issue',
    args: { remoteId: 'd', subject: 'anonymous', ttl: 300 },
  });
  expect(parse('token', 'verify')).toEqual({ command: 'token verify', args: {} });
  expect(parse('token', 'serve')).toEqual({ command: 'token serve', args: { port: 8966, host: '127.0.0.1' } });
});

test('tirtc device accepts all of its options', () => {
  const args = ['--id', 'd', '--endpoint', 'http://h', '--config', 'c', '--commands', 'f', '--record', 'r', '--json'];
  const media = ['--video', '0:a:b.h264', '--video', '2:clock', '--audio', '1:tone', '--loop', '--fps', '12.5'];
  expect(parse('device', ...args, ...media)).toEqual({
    command: 'device',
    args: {
      id: 'd',
      endpoint: 'http://h',
      config: 'c',
      commands: 'f',
      record: 'r',
      json: true,
      loop: true,
      fps: 12.5,
      video: [
        { stream: 0, from: 'a:b.h264' },
        { stream: 2, from: 'clock' },
      ],
      audio: [{ stream: 1, from: 'tone' }],
    },
  });
  expect(parse('device', '--id', 'd')).toEqual({ command: 'device', args: { id: 'd', video: [], audio: [] } });
});

test('tirtc connect accepts all of its options', () => {
  const watch = ['--video', '0', '--video', '2', '--audio', '1', '--key-frame', '--out', 'o', '--duration', '1.5'];
  const ask = ['--frames', '7', '--command', '0x4001', '--hex', '00 ff', '--timeout', '3', '--subject', 's'];
  expect(parse('connect', 'd', ...watch, ...ask, '--token-stdin')).toEqual({
    command: 'connect',
    args: {
      deviceId: 'd',
      subject: 's',
      tokenStdin: true,
      timeout: 3,
      video: [0, 2],
      audio: [1],
      keyFrame: true,
      out: 'o',
      duration: 1.5,
      frames: 7,
      command: 0x4001,
      hex: Uint8Array.of(0, 255),
    },
  });
  expect(parse('connect', 'd')).toEqual({
    command: 'connect',
    args: { deviceId: 'd', subject: 'anonymous', timeout: 10, video: [], audio: [] },
  });
});

test('help and version are not errors', () => {
  expect(parse('--version')).toEqual({ command: 'print', text: '1.2.3', exitCode: 0 });
  for (const command of [
    [],
    ['serve'],
    ['device'],
    ['connect'],
    ['token'],
    ['token', 'issue'],
    ['token', 'verify'],
    ['token', 'serve'],
  ]) {
    const help = parse(...command, '--help');
    expect(help).toMatchObject({ command: 'print', exitCode: 0, text: expect.stringContaining('Usage: tirtc') });
  }
  expect(parse('serve', '--help')).toMatchObject({ text: expect.stringContaining('TIRTC_DEVICE_SECRET_KEY') });
});

test.each([
  [[], 'Usage: tirtc'],
  [['token'], 'Usage: tirtc token'],
  [['servee'], 'Did you mean serve?'],
  [['serve', '--prot', '1'], 'Did you mean --port?'],
  [['serve', '--port', '65536'], 'port number from 0 to 65535'],
  [['serve', '--port', 'x'], 'port number from 0 to 65535'],
  [['serve', 'extra'], 'too many arguments'],
  [['token', 'issue'], '--remote-id'],
  [['token', 'issue', '--remote-id', 'd', '--ttl', '1.5'], 'whole number'],
])('the command line %j is refused with a hint', (args, hint) => {
  const printed = parse(...args);
  expect(printed).toMatchObject({ command: 'print', exitCode: 2, text: expect.stringContaining(hint) });
});
