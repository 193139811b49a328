import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { issueConnectToken, verifyConnectToken } from '../../lib/token/index.js';
import { rawExchange } from '../service/support/index.js';
import { ENV, file, tirtc, tirtcServer } from './support.js';

const apps = { ak: ENV.TIRTC_SECRET_KEY_ID };
const verify = (token: string, deviceSecret = ENV.TIRTC_DEVICE_SECRET_KEY) =>
  verifyConnectToken(token, { apps, devices: () => deviceSecret, target: 'camera-1' });

describe('token issue', () => {
  test('token issue prints a valid token and nothing else', async () => {
    const { exit, out, err } = await tirtc(['token', 'issue', '--remote-id', 'camera-1', '--subject', 'me'], {
      env: ENV,
    });
    expect([exit, err]).toEqual([0, '']);
    expect(verify(out).claims.sub).toBe('me');
  });

  test('token issue --json also prints the payload', async () => {
    const { out } = await tirtc(['token', 'issue', '--remote-id', 'camera-1', '--ttl', '9', '--json'], { env: ENV });
    const { token, payload } = JSON.parse(out);
    expect(payload).toEqual(verify(token).claims);
    expect(payload.exp - payload.iat).toBe(9);
  });

  test('token issue reads secrets from files', async () => {
    const config = file(JSON.stringify({ devices: { 'camera-1': 'from-config' }, apps }));
    const fromConfig = await tirtc(['token', 'issue', '--remote-id', 'camera-1', '--config', config]);
    expect(verify(fromConfig.out, 'from-config').claims.iss).toBe('ak');
    const devices = file('{"camera-1": "from-devices"}');
    const fromDevices = await tirtc(['token', 'issue', '--remote-id', 'device://camera-1', '--devices', devices], {
      env: ENV,
    });
    expect(verify(fromDevices.out, 'from-devices').deviceId).toBe('camera-1');
  });

  test.each([
    ['no access id', { ...ENV, TIRTC_ACCESS_KEY_ID: '' }, 'TIRTC_ACCESS_KEY_ID'],
    ['no secret key', { ...ENV, TIRTC_SECRET_KEY_ID: '' }, 'TIRTC_SECRET_KEY_ID'],
    ['no device secret', { ...ENV, TIRTC_DEVICE_SECRET_KEY: '' }, 'TIRTC_DEVICE_SECRET_KEY'],
  ])('token issue names what is missing: %s', async (_, env, name) => {
    const { exit, err } = await tirtc(['token', 'issue', '--remote-id', 'camera-1'], { env });
    expect(exit).toBe(2);
    expect(err).toContain(name);
  });

  test('token issue refuses a lifetime that no service accepts', async () => {
    const { exit, err } = await tirtc(['token', 'issue', '--remote-id', 'd', '--ttl', '86401'], { env: ENV });
    expect(exit).toBe(2);
    expect(err).toContain('86400');
  });

  test('token issue refuses a device that no file lists', async () => {
    const devices = file('{"camera-2": "secret"}');
    const env = { ...ENV, TIRTC_DEVICE_SECRET_KEY: '' };
    const { exit, err } = await tirtc(['token', 'issue', '--remote-id', 'camera-1', '--devices', devices], { env });
    expect(exit).toBe(2);
    expect(err).toContain('"camera-1"');
  });
});

describe('token verify', () => {
  const issue = (issuedAt?: number) =>
    issueConnectToken({
      accessId: 'ak',
      secretKey: ENV.TIRTC_SECRET_KEY_ID,
      remoteId: 'camera-1',
      deviceSecretKey: ENV.TIRTC_DEVICE_SECRET_KEY,
      subject: 'me',
      ...(issuedAt !== undefined && { issuedAt }),
    });

  test('token verify prints who may connect to which device', async () => {
    const { exit, out } = await tirtc(['token', 'verify'], { env: ENV, input: `${issue()}\n` });
    expect(exit).toBe(0);
    expect(out).toMatch(/^ok: "me" may connect to "camera-1" until \d{4}-/);
    const json = await tirtc(['token', 'verify', '--json'], { env: ENV, input: issue() });
    expect(JSON.parse(json.out)).toMatchObject({ ok: true, deviceId: 'camera-1', payload: { sub: 'me' } });
  });

  test.each([
    ['TOKEN_FORM', [], 'hello'],
    ['TOKEN_EXPIRED', [], issue(1_700_000_000)],
    ['TOKEN_TARGET', ['--remote-id', 'camera-2'], issue()],
  ])('token verify exits with 3 and reports %s', async (code, args, input) => {
    const { exit, out, err } = await tirtc(['token', 'verify', ...args], { env: ENV, input });
    expect([exit, out]).toEqual([3, '']);
    expect(err).toContain(code);
    expect(err).not.toContain(input);
    const json = await tirtc(['token', 'verify', '--json', ...args], { env: ENV, input });
    expect(json.exit).toBe(3);
    expect(JSON.parse(json.out)).toMatchObject({ ok: false, code });
  });
});

describe('token serve', () => {
  const JSON_TYPE = { 'Content-Type': 'application/json' };

  async function post(body: string, path = '/v1/tokens', method = 'POST', headers: Record<string, string> = JSON_TYPE) {
    const cli = tirtcServer(['token', 'serve', '--port', '0'], { env: ENV });
    const url = (await cli.endpoint()) + path;
    const response = await fetch(url, { method, headers, ...(method === 'POST' && { body }) });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  test('token serve returns a token', async () => {
    const { status, text, headers } = await post('{"remote_id": "camera-1", "subject": "me", "ttl_seconds": 60}');
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    const { token, payload } = JSON.parse(text);
    expect(payload).toEqual(verify(token).claims);
    expect(payload).toMatchObject({ sub: 'me', scope: 'connect:camera-1', iss: 'ak' });
    expect(payload.exp - payload.iat).toBe(60);
  });

  test('token serve requires only the device in a request', async () => {
    const { payload } = JSON.parse((await post('{"remote_id": "camera-1"}')).text);
    expect(payload).toMatchObject({ sub: 'anonymous' });
    expect(payload.exp - payload.iat).toBe(300);
  });

  test.each([
    ['', 'invalid_json', undefined],
    ['[]', 'invalid_json', undefined],
    ['null', 'invalid_json', undefined],
    ['{}', 'missing_field', 'remote_id'],
    ['{"remote_id": ""}', 'invalid_field', 'remote_id'],
    ['{"remote_id": 7}', 'invalid_field', 'remote_id'],
    ['{"remote_id": "d", "subject": 7}', 'invalid_field', 'subject'],
    [`{"remote_id": "d", "subject": "${'x'.repeat(1025)}"}`, 'invalid_field', 'subject'],
    ['{"remote_id": "d", "ttl_seconds": 0}', 'invalid_field', 'ttl_seconds'],
    ['{"remote_id": "d", "ttl_seconds": "60"}', 'invalid_field', 'ttl_seconds'],
    ['{"remote_id": "d", "ttl_seconds": 86401}', 'invalid_field', 'ttl_seconds'],
    ['{"remote_id": "d", "ttl": 60}', 'unknown_field', 'ttl'],
    ['{"remote_id": "d", "secret_key": "x"}', 'unknown_field', 'secret_key'],
  ])('token serve refuses %s', async (body, code, field) => {
    const { status, text } = await post(body);
    expect(status).toBe(400);
    const { error } = JSON.parse(text);
    expect(error).toEqual({ code, message: expect.any(String), data: field === undefined ? {} : { field } });
    for (const secret of Object.values(ENV).slice(1)) expect(text).not.toContain(secret);
  });

  test('token serve accepts a body of 4096 bytes and refuses a longer one', async () => {
    const body = (size: number) => '{"remote_id": "camera-1"}'.padEnd(size);
    expect((await post(body(4096))).status).toBe(200);
    const { status, text } = await post(body(4097));
    expect([status, JSON.parse(text).error.code]).toEqual([413, 'body_too_large']);
  });

  test('token serve answers one path, and only POST', async () => {
    expect((await post('{}', '/v1/token')).status).toBe(404);
    const { status, headers } = await post('', '/v1/tokens', 'GET');
    expect([status, headers.get('allow')]).toEqual([405, 'POST']);
  });

  test('token serve accepts a body only as JSON', async () => {
    const ask = (type: string) => post('{"remote_id": "camera-1"}', '/v1/tokens', 'POST', { 'Content-Type': type });
    expect((await ask('Application/JSON; charset=utf-8')).status).toBe(200);
    for (const type of ['text/plain', 'application/jsonp', 'application/x-www-form-urlencoded', '']) {
      const { status, text } = await ask(type);
      expect([status, JSON.parse(text).error.code], type).toEqual([415, 'not_json']);
    }
  });

  /** Sends a raw request for a token with these headers. */
  async function rawPost(endpoint: string, headers: string, method = 'POST') {
    const body = method === 'POST' ? '{"remote_id": "camera-1"}' : '';
    const head = `${method} /v1/tokens HTTP/1.1\r\nConnection: close\r\nContent-Length: ${body.length}\r\n`;
    const type = method === 'POST' ? 'Content-Type: application/json\r\n' : '';
    return await rawExchange(Number(new URL(endpoint).port), `${head}${type}${headers}\r\n${body}`);
  }

  test('token serve refuses a host name that was not allowed, and says so once', async () => {
    const cli = tirtcServer(['token', 'serve', '--port', '0', '--allow-host', 'Tokens.test'], { env: ENV });
    const endpoint = await cli.endpoint();
    for (let i = 0; i < 2; i++) {
      const answer = await rawPost(endpoint, 'Host: evil.example\r\n');
      expect(answer).toMatch(/^HTTP\/1.1 403 /);
      expect(answer).toContain('--allow-host');
      expect(answer).not.toContain('v1.');
    }
    expect(cli.err.filter((line) => line.includes('127.0.0.1 was refused: the header Host'))).toHaveLength(1);
    expect(await rawPost(endpoint, 'Host: tokens.test:80\r\n')).toMatch(/^HTTP\/1.1 200 /);
  });

  test('token serve --json reports a refusal as an event', async () => {
    const cli = tirtcServer(['token', 'serve', '--port', '0', '--json'], { env: ENV });
    const { endpoint } = JSON.parse(await cli.line(/listening/));
    await rawPost(endpoint, 'Host: 127.0.0.1\r\nOrigin: null\r\n');
    const refused = JSON.parse(await cli.line(/"refused"/));
    expect(refused).toMatchObject({
      address: '127.0.0.1',
      reason: 'origin',
      detail: expect.stringContaining('--cors'),
    });
  });

  test('token serve gives tokens to pages of the origins of --cors, and to no others', async () => {
    const cors = ['--cors', 'http://localhost:5173', '--cors', 'https://app.test'];
    const endpoint = await tirtcServer(['token', 'serve', '--port', '0', ...cors], { env: ENV }).endpoint();
    const origin = (of: string) => `Host: 127.0.0.1\r\nOrigin: ${of}\r\n`;
    const given = await rawPost(endpoint, origin('https://app.test'));
    expect(given).toMatch(/^HTTP\/1.1 200 /);
    expect(given).toMatch(/^Access-Control-Allow-Origin: https:\/\/app.test\r$/m);
    const asked = `${origin('http://localhost:5173')}Access-Control-Request-Method: POST\r\n`;
    const preflight = await rawPost(endpoint, asked, 'OPTIONS');
    expect(preflight).toMatch(/^HTTP\/1.1 204 /);
    expect(preflight).toMatch(/^Access-Control-Allow-Methods: POST\r$/m);
    expect(await rawPost(endpoint, origin('https://evil.example'))).toMatch(/^HTTP\/1.1 403 /);
    expect(await rawPost(endpoint, origin('null'))).toMatch(/^HTTP\/1.1 403 /);
  });

  test.each([
    ['*', 'would give tokens to every web page'],
    ['null', 'would give tokens to every web site'],
    ['localhost:5173', 'write scheme, host and port'],
  ])('token serve refuses --cors %s', async (origin, hint) => {
    const { exit, err } = await tirtc(['token', 'serve', '--port', '0', '--cors', origin], { env: ENV });
    expect(exit).toBe(2);
    expect(err).toContain(hint);
  });

  test('token serve survives an aborted request, and stops while one is open', async () => {
    const cli = tirtcServer(['token', 'serve', '--port', '0', '--json'], { env: ENV });
    const { port } = JSON.parse(await cli.line(/listening/));
    const broken = request({ port, method: 'POST', path: '/v1/tokens', headers: { 'Content-Length': 100 } });
    broken.on('error', () => {});
    await new Promise<void>((resolve) => broken.write('{', () => resolve()));
    broken.destroy();
    const url = `http://127.0.0.1:${port}/v1/tokens`;
    expect((await fetch(url, { method: 'POST', headers: JSON_TYPE, body: '{"remote_id": "d"}' })).status).toBe(200);
    expect(await cli.stop()).toBe(0);
  });

  test('token serve refuses a request with two Host headers', async () => {
    const cli = tirtcServer(['token', 'serve', '--port', '0'], { env: ENV });
    const { port } = new URL(await cli.endpoint());
    const hosts = 'Host: 127.0.0.1\r\nHost: localhost\r\n';
    const text = `POST /v1/tokens HTTP/1.1\r\n${hosts}Connection: close\r\nContent-Length: 0\r\n\r\n`;
    const answer = await rawExchange(Number(port), text);
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer).toContain('the header Host was sent 2 times: send it once');
  });

  test('token serve --host 0.0.0.0 prints an endpoint that programs can use, and warns', async () => {
    const cli = tirtcServer(['token', 'serve', '--port', '0', '--host', '0.0.0.0'], { env: ENV });
    expect(await cli.endpoint()).toMatch(/^http:\/\/127\.0\.0\.1:/);
    await cli.line(
      /^Warning: --host 0\.0\.0\.0 makes the server reachable .* Everyone who can reach port \d+ gets tokens/,
    );
  });

  test('token serve names the port that is in use', async () => {
    const first = tirtcServer(['token', 'serve', '--port', '0'], { env: ENV });
    const { port } = new URL(await first.endpoint());
    const { exit, err } = await tirtc(['token', 'serve', '--port', port], { env: ENV });
    expect(exit).toBe(1);
    expect(err).toContain('EADDRINUSE');
  });
});
