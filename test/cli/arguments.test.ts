import { expect, test } from 'vitest';
import { parseArguments } from '../../lib/cli/arguments.js';

const parse = (...args: string[]) => parseArguments(args, '1.2.3');

test('serve has defaults', () => {
  expect(parse('serve')).toEqual({ command: 'serve', args: { port: 8080, host: '127.0.0.1' } });
});

test('serve takes everything', () => {
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

test('an app may be left to the environment', () => {
  expect(parse('serve', '--app')).toMatchObject({ args: { app: true } });
});

test('token commands have defaults', () => {
  expect(parse('token', 'issue', '--remote-id', 'd')).toEqual({
    command: 'token issue',
    args: { remoteId: 'd', subject: 'anonymous', ttl: 300 },
  });
  expect(parse('token', 'verify')).toEqual({ command: 'token verify', args: {} });
  expect(parse('token', 'serve')).toEqual({ command: 'token serve', args: { port: 8966, host: '127.0.0.1' } });
});

test('help and version are no errors', () => {
  expect(parse('--version')).toEqual({ command: 'print', text: '1.2.3', exitCode: 0 });
  for (const command of [[], ['serve'], ['token'], ['token', 'issue'], ['token', 'verify'], ['token', 'serve']]) {
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
])('%j is refused with a hint', (args, hint) => {
  const printed = parse(...args);
  expect(printed).toMatchObject({ command: 'print', exitCode: 2, text: expect.stringContaining(hint) });
});
