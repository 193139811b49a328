import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Finding } from '../../lib/cli/doctor/finding.js';
import { checkAddon, checkNode, checkPort, OLDEST_NODE_MAJOR } from '../../lib/cli/doctor/machine.js';
import { searchAddon } from '../../lib/native/index.js';
import { SimulatedService } from '../../lib/service/index.js';
import { issueConnectToken } from '../../lib/token/index.js';
import { makeCertificate } from '../support/certificates.js';
import { ENV, file, tirtc } from './support.js';

const DEVICE = { deviceId: 'camera-1', deviceSecretKey: ENV.TIRTC_DEVICE_SECRET_KEY };
const APP = { accessId: ENV.TIRTC_ACCESS_KEY_ID, secretKey: ENV.TIRTC_SECRET_KEY_ID };

function tokenFor(remoteId: string, changes: { readonly issuedAt?: number } = {}): string {
  const { deviceSecretKey } = DEVICE;
  return issueConnectToken({ ...APP, deviceSecretKey, remoteId, subject: 'ada', ...changes });
}

async function serve(tls?: {
  readonly key: string;
  readonly cert: string;
}): Promise<{ readonly service: SimulatedService; readonly endpoint: string }> {
  const service = new SimulatedService({
    devices: { [DEVICE.deviceId]: DEVICE.deviceSecretKey },
    apps: { [APP.accessId]: APP.secretKey },
    ...(tls === undefined ? {} : { tls }),
  });
  onTestFinished(() => service.close());
  return { service, endpoint: (await service.listen()).endpoint };
}

async function listen(server: Server): Promise<number> {
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Returns the finding of each check, by its name. */
async function examine(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { exit, out, err } = await tirtc(['doctor', '--json', ...args], { env });
  const lines = out === '' ? [] : out.split('\n').map((line) => JSON.parse(line));
  const checks = new Map<string, Finding>(
    lines.filter(({ event }) => event === 'check').map((finding) => [finding.check, finding]),
  );
  return { exit, out, err, checks, last: lines.at(-1) };
}

describe('tirtc doctor', () => {
  test('doctor trusts the same certificates as tirtc connect', async () => {
    const { key, cert } = makeCertificate({ subject: 'service', addresses: ['127.0.0.1'] });
    const { endpoint } = await serve({ key, cert });
    const stranger = await examine(['--endpoint', endpoint]);
    expect(stranger.checks.get('service')).toMatchObject({ outcome: 'failed' });
    const trusting = await examine(['--endpoint', endpoint], { TIRTC_CA_FILE: file(cert) });
    expect(trusting.checks.get('service')).toMatchObject({ outcome: 'ok' });
  });

  test('doctor reports no fault when everything works, and shows no secret', async () => {
    const { endpoint, service } = await serve();
    const token = tokenFor('camera-1');
    const env = { ...ENV, TIRTC_ENDPOINT: endpoint, TIRTC_DEVICE_ID: DEVICE.deviceId, TIRTC_TOKEN: token };
    const { exit, out, checks, last } = await examine(['--device'], env);
    const outcomes = [...checks].filter(([name]) => !['loopback', 'port'].includes(name));
    expect(outcomes.map(([name, { outcome }]) => `${name} ${outcome}`)).toEqual([
      'node ok',
      'addon ok',
      'dns ok',
      'tcp ok',
      'service ok',
      'token ok',
      'device ok',
      'connect ok',
    ]);
    expect([exit, last]).toEqual([0, { event: 'end', exitCode: 0 }]);
    await expect.poll(() => service.onlineDevices()).toEqual([]);
    for (const secret of [...Object.values(ENV).slice(1), token]) expect(out).not.toContain(secret);
  });

  test('doctor says to a person what to fix', async () => {
    const { exit, out } = await tirtc(['doctor', '--endpoint', 'http://127.0.0.1:1']);
    expect(exit).toBe(4);
    expect(out).toMatch(/^ok {7}node {5}Node \d+/m);
    expect(out).toMatch(
      /^FAILED {3}tcp {6}127\.0\.0\.1:1 cannot be reached \(127\.0\.0\.1: ECONNREFUSED\)\n {18}-> nothing listens there/m,
    );
    expect(out).toMatch(/^skipped {2}device {3}no device was started\n {18}-> use --device/m);
  });

  test('doctor needs neither an endpoint nor a device', async () => {
    const { exit, checks } = await examine([]);
    expect(exit).toBe(0);
    expect(checks.get('endpoint')).toMatchObject({
      outcome: 'skipped',
      fix: expect.stringContaining('TIRTC_ENDPOINT'),
    });
  });

  test.each([
    ['ftp://x', 2, 'endpoint', 'the endpoint has no valid scheme'],
    ['http://127.0.0.1:0', 2, 'endpoint', 'is not a number from 1 to 65535'],
    ['http://tirtc-doctor.invalid', 4, 'dns', 'does not resolve'],
  ])('doctor says what is wrong with the endpoint %s', async (endpoint, code, check, message) => {
    const { exit, checks } = await examine(['--endpoint', endpoint]);
    expect(exit).toBe(code);
    expect(checks.get(check)).toMatchObject({ outcome: 'failed', message: expect.stringContaining(message) });
    expect(checks.has('service')).toBe(false);
  });

  test('doctor distinguishes a TiRTC service from other servers', async () => {
    const web = await listen(createHttpServer((_request, response) => response.end('hello')));
    const other = await examine(['--endpoint', `http://127.0.0.1:${web}`]);
    expect(other.exit).toBe(4);
    expect(other.checks.get('service')?.message).toContain('was answered with HTTP 200');
    expect(other.checks.get('service')?.fix).toContain('not a TiRTC service');

    const silent = await listen(createServer((socket) => socket.on('error', () => {})));
    const none = await examine(['--endpoint', `http://127.0.0.1:${silent}`, '--timeout', '0.2']);
    expect(none.exit).toBe(4);
    expect(none.checks.get('service')?.message).toContain('does not answer within 200 ms');

    const { service, endpoint } = await serve();
    service.fault({ kind: 'redirect', location: 'http://login.example/' });
    const hotel = await examine(['--endpoint', endpoint]);
    expect([hotel.exit, hotel.checks.get('service')?.message]).toEqual([4, expect.stringContaining('login.example')]);
  });

  test('doctor says that the service refuses the device or the token', async () => {
    const { endpoint } = await serve();
    const env = { ...ENV, TIRTC_ENDPOINT: endpoint };
    const wrong = await examine(['--device', 'camera-1'], { ...env, TIRTC_DEVICE_SECRET_KEY: 'quite-another' });
    expect(wrong.exit).toBe(3);
    expect(wrong.checks.get('device')).toMatchObject({ outcome: 'failed', fix: expect.stringContaining('compare') });
    expect(wrong.out).not.toContain('quite-another');
    const stranger = await examine(['--device', 'camera-1'], { ...env, TIRTC_ACCESS_KEY_ID: 'unknown' });
    expect(stranger.exit).toBe(3);
    expect(stranger.checks.get('device')?.outcome).toBe('ok');
    expect(stranger.checks.get('connect')?.outcome).toBe('failed');
  });

  test('doctor reads a token without using it', async () => {
    const old = tokenFor('camera-1', { issuedAt: 1_000_000 });
    const expired = await examine([], { TIRTC_TOKEN: old });
    expect(expired.exit).toBe(3);
    expect(expired.checks.get('token')?.message).toMatch(/^TIRTC_TOKEN expired at 1970-01-12T/);
    const garbage = await examine([], { TIRTC_TOKEN: 'gibberish' });
    expect([garbage.exit, garbage.out.includes('gibberish')]).toEqual([3, false]);
    const { endpoint } = await serve();
    const other = tokenFor('door');
    const env = { ...ENV, TIRTC_ENDPOINT: endpoint, TIRTC_TOKEN: other };
    const wrong = await examine(['--device', 'camera-1'], env);
    expect(wrong.checks.get('token')?.message).toBe('TIRTC_TOKEN opens "door", not "camera-1"');
  });

  test('doctor reads keys from a file, and names missing ones', async () => {
    const { endpoint } = await serve();
    const config = file(JSON.stringify({ devices: { [DEVICE.deviceId]: DEVICE.deviceSecretKey } }));
    const args = ['--endpoint', endpoint, '--device', DEVICE.deviceId];
    const full = file(JSON.stringify({ devices: { 'camera-1': DEVICE.deviceSecretKey }, apps: { ak: APP.secretKey } }));
    expect((await examine([...args, '--config', full])).checks.get('connect')?.outcome).toBe('ok');
    const half = await examine([...args, '--config', config]);
    expect(half.checks.get('connect')).toMatchObject({
      outcome: 'skipped',
      fix: expect.stringContaining('TIRTC_ACCESS_KEY_ID'),
    });
    const none = await examine(['--endpoint', endpoint, '--device', DEVICE.deviceId]);
    expect([none.exit, none.err]).toEqual([2, expect.stringContaining('set TIRTC_DEVICE_SECRET_KEY')]);
    expect(await tirtc(['doctor', '--device'])).toMatchObject({
      exit: 2,
      err: expect.stringContaining('TIRTC_DEVICE_ID'),
    });
  });
});

describe('the checks of the machine', () => {
  test('the node check requires the version in package.json', () => {
    const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(engines.node).toBe(`>=${OLDEST_NODE_MAJOR}`);
    expect(checkNode('20.0.0').outcome).toBe('ok');
    expect(checkNode('18.20.1')).toMatchObject({ outcome: 'failed', exitCode: 1, fix: 'install Node 20 or newer' });
  });

  test('the addon check fails without an addon and lists what was tried', () => {
    expect(checkAddon(searchAddon())).toMatchObject({
      outcome: 'ok',
      message: expect.stringContaining('tirtc.node loads'),
    });
    const missing = checkAddon(searchAddon(import.meta.filename, '/no/such.node'));
    expect(missing).toMatchObject({ outcome: 'failed', exitCode: 1 });
    expect(missing.message).toContain('- TIRTC_ADDON, /no/such.node: Cannot find module');
    expect(missing.fix).toContain('npm run build:addon');
  });

  test('the port check warns if the port of tirtc serve is in use', async () => {
    const port = await listen(createServer());
    expect(await checkPort(port)).toMatchObject({ outcome: 'warning', message: expect.stringContaining('EADDRINUSE') });
  });
});
