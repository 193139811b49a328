import { connect } from 'tirtc-emulator';
import { SimulatedService } from 'tirtc-emulator/service';
import { describe, expect, onTestFinished, test } from 'vitest';
import { serveClient } from '../../examples/demo/camera.js';
import { Device } from '../../lib/device/index.js';
import {
  APP,
  DEVICE_ID,
  DEVICE_SECRET,
  Program,
  shortClip,
  startService,
  temporaryFile,
  tokenFor,
} from '../examples/support.js';
import { type Certificate, type CertificateWish, makeCertificate } from '../support/certificates.js';
import { startTlsProxy } from '../support/tls_proxy.js';

/** The programs of examples/c with the library that has TLS and sanitizers; `npm run test:tls` builds them. */
const PROGRAMS = 'build/tls/examples/c';

const authority = makeCertificate({ subject: 'Authority of the test', authority: true });
const identity = makeCertificate({ subject: 'service', dns: ['localhost'], addresses: ['127.0.0.1'], by: authority });

async function startSecureService({ key, cert }: Pick<Certificate, 'key' | 'cert'> = identity) {
  const service = new SimulatedService({
    devices: { [DEVICE_ID]: DEVICE_SECRET },
    apps: { [APP.accessId]: APP.secretKey },
    tls: { key, cert },
  });
  onTestFinished(() => service.close());
  const { endpoint, port } = await service.listen();
  return { service, endpoint, port };
}

interface Trust {
  readonly TIRTC_CA_FILE?: string;
  readonly TIRTC_PINNED_KEYS?: string;
}

const trustOf = (pem: string): Trust => ({ TIRTC_CA_FILE: temporaryFile('ca.pem', pem) });

function startDevice(endpoint: string, trust: Trust, ...args: string[]): Program {
  const identity = { TIRTC_DEVICE_ID: DEVICE_ID, TIRTC_DEVICE_SECRET_KEY: DEVICE_SECRET };
  return new Program([`${PROGRAMS}/start_device`, ...args], { TIRTC_ENDPOINT: endpoint, ...identity, ...trust });
}

/** Runs a device until it is online; it exits with 0 only if nothing leaked. */
async function expectOnline(endpoint: string, trust: Trust): Promise<void> {
  const device = startDevice(endpoint, trust, '--once');
  expect(await device.exit, device.text).toBe(0);
}

async function expectRefused(endpoint: string, trust: Trust, reason: RegExp): Promise<void> {
  const device = startDevice(endpoint, trust);
  await device.line(reason);
  await device.line(/could not start, error -7: TIRTC_E_HTTP_SSL/);
  device.interrupt('SIGTERM');
  expect(await device.exit, device.text).toBe(0);
  expect(device.text).not.toContain(DEVICE_SECRET);
}

/** A TLS proxy in front of a service without TLS. */
async function startProxy(service: string) {
  const proxy = await startTlsProxy(Number(new URL(service).port), identity);
  return { ...proxy, endpoint: `https://localhost:${proxy.port}` };
}

describe('C programs at an https endpoint', () => {
  test('a device answers a client in TypeScript with many bytes', async () => {
    const { endpoint } = await startSecureService();
    const device = startDevice(endpoint, trustOf(authority.cert));
    await device.line(/device started/);
    await using connection = await connect({
      endpoint,
      remoteId: DEVICE_ID,
      token: tokenFor(DEVICE_ID),
      ca: authority.cert,
    });
    const question = Buffer.alloc(200_000, 'what goes there comes back ');
    const { data } = await connection.request(0x4001, question);
    expect(question.equals(data)).toBe(true);
    await connection.close();
    device.interrupt('SIGTERM');
    expect(await device.exit, device.text).toBe(0);
  });

  test('a client receives every byte of a stream, and sends the server name', async () => {
    const clip = shortClip();
    const { endpoint: plain } = await startService();
    await using camera = new Device({ deviceId: DEVICE_ID, deviceSecretKey: DEVICE_SECRET, endpoint: plain });
    camera.on('connection', (connection) =>
      serveClient(connection, { clip, speed: 20, onSubscribed: () => {}, onProgress: () => {} }),
    );
    await camera.start();
    const proxy = await startProxy(plain);
    const environment = { TIRTC_ENDPOINT: proxy.endpoint, TIRTC_TOKEN: tokenFor(DEVICE_ID) };
    const args = [DEVICE_ID, clip.video.path, clip.audio.path] as const;
    const client = new Program([`${PROGRAMS}/connect_client`, ...args], { ...environment, ...trustOf(authority.cert) });
    expect(await client.exit, client.text).toBe(0);
    expect(client.lines.at(-1)).toBe('everything matched');
    expect(proxy.seen).toMatchObject([{ servername: 'localhost', reused: false }]);
    expect(['TLSv1.2', 'TLSv1.3']).toContain(proxy.seen[0]?.protocol);
  });

  test('a device resumes the session of its start link, also after the link broke', async () => {
    const { service, endpoint: plain } = await startService();
    const proxy = await startProxy(plain);
    const device = startDevice(proxy.endpoint, trustOf(authority.cert));
    await device.line(/device started/);
    await using connection = await connect({ endpoint: plain, remoteId: DEVICE_ID, token: tokenFor(DEVICE_ID) });
    await connection.request(0x4001, 'hello');
    expect(proxy.seen.map(({ reused }) => reused)).toEqual([false, true]);
    const back = new Promise((resolve) => service.once('deviceOnline', resolve));
    proxy.sockets[0]?.destroy();
    await back;
    await device.line(/the service is back/);
    expect(proxy.seen.map(({ reused }) => reused)).toEqual([false, true, true]);
    device.interrupt('SIGTERM');
    expect(await device.exit, device.text).toBe(0);
  });

  test('a service request uses the https endpoint, and reports why it fails', async () => {
    const { service, endpoint } = await startSecureService();
    service.route('POST', '/v1/foo', () => ({ data: { answer: 42 } }));
    const request = (trust: Trust): Program =>
      new Program([`${PROGRAMS}/service_request`, '/v1/foo'], { TIRTC_ENDPOINT: endpoint, ...trust }, '{}');
    const trusted = request(trustOf(authority.cert));
    expect(await trusted.exit, trusted.text).toBe(0);
    expect(trusted.text).toContain('{"answer":42}');
    const pinned = request({ TIRTC_PINNED_KEYS: identity.pin });
    expect(await pinned.exit, pinned.text).toBe(0);
    const unknown = request({});
    expect(await unknown.exit).toBe(1);
    expect(unknown.text).toContain('its authority is not trusted: "CN=Authority of the test"');
  });
});

describe('the trust of a device', () => {
  const bad: readonly (readonly [string, Partial<CertificateWish>, RegExp])[] = [
    ['expired', { addresses: ['127.0.0.1'], by: authority, fromDays: -3, toDays: -2 }, /it expired at 2\d\d\d-/],
    ['of tomorrow', { addresses: ['127.0.0.1'], by: authority, fromDays: 1, toDays: 2 }, /it is not valid before 2/],
    ['of another host', { dns: ['other.test'], by: authority }, /it is for another host: "other\.test"/],
    ['of another address', { addresses: ['127.0.0.2'], by: authority }, /it is for another host/],
    ['that signed itself', { addresses: ['127.0.0.1'] }, /it is self-signed .* pin its key [0-9a-f]{64}/],
  ];

  test.each(bad)('a device refuses a certificate %s', async (_, wish, reason) => {
    const { endpoint } = await startSecureService(makeCertificate({ subject: 'service', ...wish }));
    await expectRefused(endpoint, trustOf(authority.cert), reason);
  });

  test('a device accepts a chain with an intermediate certificate if the chain is complete', async () => {
    const between = makeCertificate({ subject: 'between', authority: true, by: authority });
    const leaf = makeCertificate({ subject: 'leaf', addresses: ['127.0.0.1'], by: between });
    const whole = await startSecureService({ key: leaf.key, cert: leaf.cert + between.cert });
    await expectOnline(whole.endpoint, trustOf(authority.cert));
    const part = await startSecureService(leaf);
    await expectRefused(
      part.endpoint,
      trustOf(authority.cert),
      /"CN=between"; .* intermediate one, have the service send its certificate too/,
    );
  });

  test('a device trusts the authorities of the system by default', async () => {
    const { endpoint } = await startSecureService();
    await expectRefused(endpoint, {}, /its authority is not trusted: "CN=Authority of the test"|cannot be read: \/etc/);
  });

  test('a device accepts a pinned key with any certificate', async () => {
    const odd = makeCertificate({ subject: 'odd', dns: ['other.test'], fromDays: -3, toDays: -2 });
    const { endpoint } = await startSecureService(odd);
    await expectOnline(endpoint, { TIRTC_PINNED_KEYS: `${identity.pin},${odd.pin}` });
    const reason = new RegExp(`its key is not the pinned one; the service's key is ${odd.pin}`);
    await expectRefused(endpoint, { TIRTC_PINNED_KEYS: identity.pin }, reason);
  });

  test('a device whose service changed its key keeps its link, and comes back only if it pinned the new key', async () => {
    const { service, endpoint } = await startSecureService();
    const next = makeCertificate({ subject: 'next', dns: ['localhost'], addresses: ['127.0.0.1'], by: authority });
    const old = startDevice(endpoint, { TIRTC_PINNED_KEYS: identity.pin });
    await old.line(/device started/);
    service.setTls({ key: next.key, cert: next.cert });
    await using connection = await connect({
      endpoint,
      remoteId: DEVICE_ID,
      token: tokenFor(DEVICE_ID),
      ca: authority.cert,
    }).catch(() => undefined); // the link for the connection is a new one
    expect(connection).toBeUndefined();
    expect(service.onlineDevices()).toEqual([DEVICE_ID]);
    service.dropStartLink(DEVICE_ID);
    await old.line(new RegExp(`its key is not the pinned one; the service's key is ${next.pin}: pin that one only if`));
    old.interrupt('SIGTERM');
    expect(await old.exit, old.text).toBe(0);
    await expectOnline(endpoint, { TIRTC_PINNED_KEYS: `${identity.pin},${next.pin}` });
  });

  test('a device refuses certificates that it cannot read', async () => {
    const { endpoint } = await startSecureService();
    await expectRefused(endpoint, { TIRTC_CA_FILE: '/nowhere/ca.pem' }, /cannot be read: \/nowhere\/ca\.pem/);
    await expectRefused(endpoint, trustOf('nothing'), /no certificate in PEM or DER can be read/);
    await expectRefused(endpoint, { TIRTC_PINNED_KEYS: 'abc' }, /pinned keys are malformed/);
  });

  test('a device needs no certificates at a service without TLS', async () => {
    const { endpoint } = await startService();
    await expectRefused(
      endpoint.replace('http', 'https'),
      trustOf(authority.cert),
      /does not speak TLS; is it an http/,
    );
  });
});
