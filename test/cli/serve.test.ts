import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connect, proveDevice, TestDevice, token } from '../service/support/index.js';
import { ENV, file, tirtc, tirtcServer } from './support.js';

const CONFIG = JSON.stringify({ devices: { 'camera-1': 'camera-secret' }, apps: { ak: 'app-secret' } });

describe('serve', () => {
  test('serve accepts the devices and apps of its file, and prints events', async () => {
    const cli = tirtcServer(['serve', '--port', '0', '--config', file(CONFIG)]);
    const endpoint = await cli.endpoint();
    const device = await TestDevice.start(endpoint);
    await cli.line(/device "camera-1" is online/);
    const client = await connect(endpoint);
    await device.accept(await device.nextIncoming());
    await client.nextControl('ready');
    await cli.line(/connection 1: "user-1" with "camera-1"/);
    client.ws.close();
    await cli.line(/connection 1 ended by the client/);
    await proveDevice(endpoint, { secret: 'wrong' });
    await cli.line(/did not start \(refused\)/);
    expect(cli.out).toHaveLength(1);
    expect(await cli.stop()).toBe(0);
    expect(await device.link.nextBye()).toBe('stopping');
    expect([...cli.out, ...cli.err].join('\n')).not.toMatch(/camera-secret|app-secret/);
  });

  test('serve prints events as JSON lines with --json', async () => {
    const cli = tirtcServer(['serve', '--port', '0', '--json', '--config', file(CONFIG)]);
    const { endpoint } = JSON.parse(await cli.line(/listening/));
    const device = await TestDevice.start(endpoint);
    expect(JSON.parse(await cli.line(/deviceOnline/))).toMatchObject({ deviceId: 'camera-1' });
    device.link.ws.close();
    expect(JSON.parse(await cli.line(/deviceOffline/))).toMatchObject({ why: 'closed' });
    expect(cli.err).toEqual([]);
  });

  test.each([
    ['0.0.0.0', '127.0.0.1'],
    ['::', '[::1]'],
    ['0:0:0:0:0:0:0:0', '[::1]'],
  ])('serve --host %s prints an endpoint that programs can use, and warns', async (host, reachable) => {
    const HOME = mkdtempSync(join(tmpdir(), 'tirtc-home-'));
    onTestFinished(() => rmSync(HOME, { recursive: true }));
    const cli = tirtcServer(['serve', '--port', '0', '--demo', '--host', host], { env: { ...ENV, HOME } });
    const endpoint = await cli.endpoint();
    const { port } = new URL(endpoint);
    expect(endpoint).toBe(`http://${reachable}:${port}`);
    expect(readFileSync(join(HOME, '.tirtc-emulator', 'demo.env'), 'utf8')).toContain(
      `TIRTC_ENDPOINT='http://${reachable}:${port}'`,
    );
    await cli.line(new RegExp(`^Warning: --host ${host} makes the service reachable from the network.*port ${port} `));
    await cli.line(/^Without TLS, tokens/);
    await cli.line(new RegExp(`TIRTC_ENDPOINT=http://<address of this machine>:${port}$`));
    expect((await fetch(`${endpoint}/metrics`)).status).toBe(200);
  });

  test.each(['127.0.0.1', 'localhost', '::1'])('serve --host %s does not warn', async (host) => {
    const cli = tirtcServer(['serve', '--port', '0', '--host', host, '--config', file(CONFIG)]);
    await cli.endpoint();
    expect(await cli.stop()).toBe(0);
    expect(cli.err.join()).not.toContain('Warning');
  });

  test('serve reads the secrets of one device and one app from the environment', async () => {
    const env = { ...ENV, TIRTC_DEVICE_SECRET_KEY: 'camera-secret', TIRTC_SECRET_KEY_ID: 'app-secret' };
    const cli = tirtcServer(['serve', '--port', '0', '--device', 'camera-1', '--app'], { env });
    const endpoint = await cli.endpoint();
    await TestDevice.start(endpoint);
    await connect(endpoint);
    expect(cli.err.join()).not.toContain('TOKEN');
  });

  test('serve --reusable-tokens accepts a token more than once', async () => {
    const cli = tirtcServer(['serve', '--port', '0', '--reusable-tokens', '--config', file(CONFIG)]);
    const endpoint = await cli.endpoint();
    const reused = token();
    expect(await (await connect(endpoint, reused)).nextBye()).toBe('offline');
    expect(await (await connect(endpoint, reused)).nextBye()).toBe('offline');
  });

  test('serve answers the routes of its file', async () => {
    const routes = {
      'POST /v1/things': 'echo',
      'GET /v1/things': { data: { things: [] } },
      'POST /v1/refused': { code: 1001, message: 'no room' },
      'POST /v1/busy': { raw: { status: 503, headers: { 'Content-Type': 'a/b' }, body: 'later' } },
      'POST /v1/nothing': {},
      'POST /v1/start': { data: 'in place of a link' },
    };
    const files = ['--config', file(CONFIG), '--routes', file(JSON.stringify(routes))];
    const endpoint = await tirtcServer(['serve', '--port', '0', ...files]).endpoint();
    const ask = async (method: string, path: string, body?: string) => {
      const answer = await fetch(`${endpoint}${path}`, { method, ...(body === undefined ? {} : { body }) });
      return [answer.status, answer.headers.get('content-type'), await answer.text()];
    };
    const json = 'application/json';
    expect(await ask('POST', '/v1/things', '[ "a" ]')).toEqual([200, json, '{"code":0,"message":"ok","data":["a"]}']);
    expect(await ask('POST', '/v1/things')).toEqual([200, json, '{"code":0,"message":"ok"}']);
    expect(await ask('POST', '/v1/things', 'a')).toEqual([400, json, '{"code":400,"message":"the body is not JSON"}']);
    expect(await ask('GET', '/v1/things')).toEqual([200, json, '{"code":0,"message":"ok","data":{"things":[]}}']);
    expect(await ask('POST', '/v1/refused')).toEqual([200, json, '{"code":1001,"message":"no room"}']);
    expect(await ask('POST', '/v1/busy')).toEqual([503, 'a/b', 'later']);
    expect(await ask('POST', '/v1/nothing')).toEqual([200, json, '{"code":0,"message":"ok"}']);
    expect((await ask('POST', '/v1/start'))[2]).toContain('in place of a link');
    expect((await ask('GET', '/v1/nothing'))[0]).toBe(404);
  });

  test.each([
    ['{"POST /v1/things" "echo"}', ':1:20: '],
    ['["POST /v1/things"]', 'routes must be an object'],
    ['{"/v1/things": "echo"}', '"/v1/things" is not a route'],
    ['{"post /v1/things": "echo"}', 'use upper case, like "POST"'],
    ['{"POST v1/things": "echo"}', 'begins with /'],
    ['{"POST /x": "eco"}', 'the answer of "POST /x" is invalid'],
    [
      '{"POST /x": {"dat": 1}}',
      'the answer of "POST /x" has no "dat" (INVALID_PARAMETER, -40003): did you mean "data"?',
    ],
    ['{"POST /x": {"json": 1}}', 'the answer of "POST /x" has no "json"'],
    ['{"POST /x": {"status": 99}}', 'the status of the answer of "POST /x" is 99'],
    ['{"POST /x": {"code": 99}}', 'the code of the answer of "POST /x" is 99'],
    ['{"POST /x": {"raw": {"headers": {"A": 1}}}}', 'the header "A" of raw of the answer of "POST /x" is 1'],
    ['{"POST /x": {"raw": {"headers": {"A": "b\\nc"}}}}', 'has an invalid value'],
    [
      '{"POST /x": {"raw": {"headers": {"A:": "b"}}}}',
      'the header "A:" of raw of the answer of "POST /x" has an invalid name',
    ],
    ['{"POST /x": {"raw": {"body": 1}, "data": 1}}', 'raw is the whole answer'],
  ])('serve refuses the routes %s', async (routes, hint) => {
    const files = ['--config', file(CONFIG), '--routes', file(routes)];
    const { exit, err } = await tirtc(['serve', '--port', '0', ...files]);
    expect(exit).toBe(2);
    expect(err).toContain(hint);
  });

  test('serve prints the first plain request of a client to the path of a link, with what to do', async () => {
    const cli = tirtcServer(['serve', '--port', '0', '--config', file(CONFIG)]);
    const url = `${await cli.endpoint()}/v1/connect`;
    for (let i = 0; i < 2; i++) expect((await fetch(url, { method: 'POST' })).status).toBe(426);
    await cli.line(/a request from 127\.0\.0\.1 was refused: POST "\/v1\/connect": .* define a route$/);
    expect(cli.err.filter((line) => line.includes('was refused'))).toHaveLength(1);
  });

  test('serve names the port that is in use', async () => {
    const first = tirtcServer(['serve', '--port', '0', '--json', '--config', file(CONFIG)]);
    const { port } = JSON.parse(await first.line(/listening/));
    const { exit, err } = await tirtc(['serve', '--port', String(port), '--config', file(CONFIG)]);
    expect(exit).toBe(1);
    expect(err).toContain('EADDRINUSE');
  });

  test.each([
    [['serve'], {}, '--demo'],
    [['serve', '--device', 'd'], {}, 'TIRTC_DEVICE_SECRET_KEY'],
    [['serve', '--app'], {}, 'TIRTC_ACCESS_KEY_ID'],
    [['serve', '--app', 'a'], {}, 'TIRTC_SECRET_KEY_ID'],
    [['serve', '--config', '/nowhere/at/all'], {}, '/nowhere/at/all cannot be read (ENOENT)'],
    [['serve', '--device', 'x'.repeat(64)], ENV, '1 to 63 bytes'],
    [['serve', '--demo', '--trusted-proxy', 'proxy.test'], ENV, 'the trusted proxy "proxy.test" is not an IP address'],
    [['serve', '--app', 'a', '--ticket-lifetime', '0'], ENV, 'ticketLifetimeSeconds'],
    [['serve', '--app', 'a', '--ticket-lifetime', 'soon'], ENV, '--ticket-lifetime'],
  ])('the command line %j is refused with a hint', async (args, env, hint) => {
    const { exit, err } = await tirtc([...args, '--port', '0'], { env });
    expect(exit).toBe(2);
    expect(err).toContain(hint);
  });

  test.each([
    ['', '1:1: a value is expected here'],
    ['{"devices": {"a": "s3cret"},}', '1:29: a comma before } is not allowed: remove the comma'],
    ['{\n  "devices": {"a" "s3cret"}\n}', '2:19: a colon is expected here'],
    ['{"devices": {"a": "s3cret" "b": "s3cret"}}', '1:28: a comma or a closing bracket is expected here'],
    ['{"devices": {"a": "s3cret', '1:19: this string has no end'],
    ['{"devices": {"a": "s3cret"}} x', '1:30: nothing may follow the value'],
    ['{"devices": {"a": "s3cret", "a": "s3cret"}}', '1:29: this name occurs twice'],
    ['[]', '1:1: an object is expected here: use {'],
    ['{\n  "device": {"a": "s3cret"}\n}', '2:3: "device" is not a known key: did you mean "devices"?'],
    ['{"apps": ["s3cret"]}', '1:10: an object is expected here'],
    ['{"devices": {"a": "s3cret"}', '1:28: a comma or } is expected here'],
    ['{"apps": [1 2]}', '1:13: a comma or a closing bracket is expected here'],
    ['{"apps": [1, 2,]}', '1:16: a comma before ] is not allowed: remove the comma'],
    ['{"apps": [1, 2}', '1:15: a comma or a closing bracket is expected here'],
    ['{"apps": {"a": 7}}', '1:16: the secret key of "a" must be a string'],
    ['{"devices": {"a": ""}}', '1:19: the secret key of the device "a"'],
    ['{"devices": {"a": tru}}', '1:19: a value is expected here'],
    ['{"devices": {\'a\': "s3cret"}}', '1:14: a name in double quotes is expected here'],
    ['{"devices": {a: "s3cret"}}', '1:14: a name in double quotes is expected here'],
    ['{"devices": {"a"}}', '1:17: a colon is expected here'],
    ['devices:\n  a: s3cret', '1:1: a value is expected here'],
    ['{"devices": {"a": "s3cret"}} # comment', '1:30: nothing may follow the value'],
    ['{"devices": {"a": &b "s3cret"}}', '1:19: a value is expected here'],
    ['{"devices": {"a": "s3cret\\x"}}', '1:19: this string has no end, or an invalid character or escape'],
    [' \n  {\n"device": {}}', '3:1: "device" is not a known key'],
    ['{\r"device": {}}', '1:3: "device" is not a known key'],
    [`{"apps": ${'['.repeat(40)}`, '1:41: more than 32 levels deep'],
    [`{"apps": ${'['.repeat(100_000)}`, '1:41: more than 32 levels deep'],
  ])('serve names the place of the fault in the file %s', async (text, place) => {
    const path = file(text);
    const { exit, err } = await tirtc(['serve', '--port', '0', '--config', path]);
    expect(exit).toBe(2);
    expect(err).toContain(`${path}:${place}`);
    expect(err).not.toContain('s3cret');
  });
});

test('serve --demo says what to do when its credentials cannot be written', async () => {
  const home = file('not a folder');
  const { exit, out, err } = await tirtc(['serve', '--demo', '--port', '0'], { env: { HOME: home } });
  expect([exit, out]).toEqual([1, '']);
  expect(err).toBe(
    `tirtc: ${home}/.tirtc-emulator/demo.env cannot be written (ENOTDIR): set HOME to a folder that can be written, or use --config FILE instead of --demo`,
  );
});

describe('the program', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const start = (args: readonly string[], home = tmpdir()) =>
    spawn(process.execPath, ['--import', 'tsx', 'lib/cli/main.ts', ...args], {
      cwd: root,
      env: { ...process.env, HOME: home },
      stdio: ['pipe', 'pipe', 'pipe'],
    });

  test.each(['SIGINT', 'SIGTERM'] as const)('serve --demo runs until %s', { timeout: 30_000 }, async (signal) => {
    const home = mkdtempSync(join(tmpdir(), 'tirtc-home-'));
    onTestFinished(() => rmSync(home, { recursive: true }));
    const child = start(['serve', '--demo', '--port', '0'], home);
    onTestFinished(() => void child.kill('SIGKILL'));
    let shown = '';
    child.stderr.on('data', (chunk) => {
      shown += chunk;
    });
    const [line] = await once(createInterface(child.stdout), 'line');
    expect(line).toMatch(/^endpoint=http:\/\/127\.0\.0\.1:\d+$/);
    child.kill(signal);
    expect(await once(child, 'close')).toEqual([0, null]);
    const path = join(home, '.tirtc-emulator', 'demo.env');
    expect(shown).toContain(` . ${path}`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const variables = new Map(
      [...readFileSync(path, 'utf8').matchAll(/^export (\w+)='(.+)'$/gm)].map((m) => [m[1], m[2]]),
    );
    expect(`endpoint=${variables.get('TIRTC_ENDPOINT')}`).toBe(line);
    for (const name of ['TIRTC_DEVICE_ID', 'TIRTC_DEVICE_SECRET_KEY', 'TIRTC_ACCESS_KEY_ID', 'TIRTC_SECRET_KEY_ID']) {
      expect(shown.split(variables.get(name) ?? '').length, name).toBe(2);
    }
  });

  test('serve continues when the reader of its output is gone', { timeout: 30_000 }, async () => {
    const child = start(['serve', '--port', '0', '--config', file('{"devices": {"cam": "s3cret"}}')]);
    onTestFinished(() => void child.kill('SIGKILL'));
    child.stderr.destroy();
    const [line] = await once(createInterface(child.stdout), 'line');
    child.stdout.destroy();
    const endpoint = line.slice('endpoint='.length);
    for (let i = 0; i < 2; i++) expect((await fetch(endpoint)).status).toBeGreaterThan(0); // each a turn of its loop
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([0, null]);
  });

  test('the program exits with 2 when the command line is wrong', { timeout: 30_000 }, async () => {
    const child = start(['serve', '--nonsense']);
    child.stdin.end();
    expect((await once(child, 'exit'))[0]).toBe(2);
  });
});
