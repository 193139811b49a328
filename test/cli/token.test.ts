import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { issueConnectToken, verifyConnectToken } from '../../lib/token/index.js';
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
  async function post(body: string, path = '/v1/tokens', method = 'POST') {
    const cli = tirtcServer(['token', 'serve', '--port', '0'], { env: ENV });
    const response = await fetch((await cli.endpoint()) + path, { method, ...(method === 'POST' && { body }) });
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

  test('token serve survives an aborted request, and stops while one is open', async () => {
    const cli = tirtcServer(['token', 'serve', '--port', '0', '--json'], { env: ENV });
    const { port } = JSON.parse(await cli.line(/listening/));
    const broken = request({ port, method: 'POST', path: '/v1/tokens', headers: { 'Content-Length': 100 } });
    broken.on('error', () => {});
    await new Promise<void>((resolve) => broken.write('{', () => resolve()));
    broken.destroy();
    const url = `http://127.0.0.1:${port}/v1/tokens`;
    expect((await fetch(url, { method: 'POST', body: '{"remote_id": "d"}' })).status).toBe(200);
    expect(await cli.stop()).toBe(0);
  });

  test('token serve names the port that is in use', async () => {
    const first = tirtcServer(['token', 'serve', '--port', '0'], { env: ENV });
    const { port } = new URL(await first.endpoint());
    const { exit, err } = await tirtc(['token', 'serve', '--port', port], { env: ENV });
    expect(exit).toBe(1);
    expect(err).toContain('EADDRINUSE');
  });
});
