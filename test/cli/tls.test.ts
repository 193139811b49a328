import { describe, expect, test } from 'vitest';
import { makeCertificate } from '../support/certificates.js';
import { ENV, file, tirtc, tirtcServer } from './support.js';

const CONFIG = JSON.stringify({ devices: { 'camera-1': 'camera-secret' }, apps: { ak: 'app-secret' } });
const identity = makeCertificate({ subject: 'service', addresses: ['127.0.0.1'] });

async function serveSecure(): Promise<string> {
  const pem = ['--tls-key', file(identity.key), '--tls-cert', file(identity.cert)];
  const cli = tirtcServer(['serve', '--port', '0', '--config', file(CONFIG), ...pem]);
  const endpoint = await cli.endpoint();
  await cli.line(/TIRTC_CA_FILE/);
  return endpoint;
}

const caller = (endpoint: string) => ({
  TIRTC_ENDPOINT: endpoint,
  TIRTC_ACCESS_KEY_ID: 'ak',
  TIRTC_SECRET_KEY_ID: 'app-secret',
  TIRTC_DEVICE_SECRET_KEY: 'camera-secret',
});

describe('serve with a certificate', () => {
  test('serve has an https endpoint that connect reaches if it trusts the certificate', async () => {
    const endpoint = await serveSecure();
    expect(endpoint).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const unknown = await tirtc(['connect', 'camera-1'], { env: caller(endpoint) });
    expect(unknown.err).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(unknown.err).toContain('NODE_EXTRA_CA_CERTS');
    const env = { ...caller(endpoint), TIRTC_CA_FILE: file(identity.cert) };
    const trusted = await tirtc(['connect', 'camera-1'], { env });
    expect(trusted.err).toContain('OFFLINE'); // TLS was no hindrance
    expect(trusted.err).not.toContain('CERT');
  });

  test('a device in Node says that it cannot use an https endpoint', async () => {
    const env = { ...caller(await serveSecure()), TIRTC_DEVICE_ID: 'camera-1' };
    const { exit, err } = await tirtc(['device'], { env });
    expect(exit).not.toBe(0);
    expect(err).toContain('devices in Node have no TLS');
  });

  test.each([
    [() => ['--tls-key', file(identity.key)], '--tls-key and --tls-cert need each other'],
    [() => ['--tls-cert', file(identity.cert)], '--tls-key and --tls-cert need each other'],
    [
      () => ['--tls-key', '/nowhere/key.pem', '--tls-cert', file(identity.cert)],
      '/nowhere/key.pem cannot be read (ENOENT)',
    ],
    [() => ['--tls-key', file('x'), '--tls-cert', file(identity.cert)], 'contains nothing in PEM'],
    [
      () => ['--tls-key', file(makeCertificate({ subject: 'x' }).key), '--tls-cert', file(identity.cert)],
      'tls cannot be used',
    ],
  ])('serve refuses invalid key and certificate files with a hint', async (pem, hint) => {
    const { exit, err } = await tirtc(['serve', '--port', '0', '--config', file(CONFIG), ...pem()], { env: ENV });
    expect(exit).toBe(2);
    expect(err).toContain(hint);
    expect(err).not.toContain('PRIVATE KEY');
  });
});
