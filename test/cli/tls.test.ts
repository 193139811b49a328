import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { connect } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { PATIENT, Program } from '../examples/support.js';
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

describe('serve at SIGHUP', () => {
  const next = makeCertificate({ subject: 'next', dns: ['localhost'], addresses: ['127.0.0.1'], toDays: 9 });

  async function startServe(...more: readonly string[]) {
    const [key, cert] = [file(identity.key), file(identity.cert)];
    const args = ['serve', '--port', '0', '--config', file(CONFIG), '--tls-key', key, '--tls-cert', cert];
    const cli = tirtcServer([...args, ...more]);
    const line = await cli.line(/https:/);
    const port = Number(/https:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1]);
    return { cli, key, cert, port };
  }

  async function shownAt(port: number): Promise<unknown> {
    const socket = connect({ port, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const { subject } = socket.getPeerCertificate();
    socket.destroy();
    return subject.CN;
  }

  test('serve reads its key and certificate again, and prints when the certificate expires', async () => {
    const { cli, key, cert, port } = await startServe();
    expect(await shownAt(port)).toBe('service');
    writeFileSync(key, next.key);
    writeFileSync(cert, next.cert);
    cli.hangUp();
    const line = await cli.line(/certificate was read again/);
    expect(line).toMatch(/; it expires at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z\.$/);
    expect(await shownAt(port)).toBe('next');
  });

  test.each<[string, (files: { readonly key: string; readonly cert: string }) => void, RegExp]>([
    ['a missing file', ({ cert }) => rmSync(cert), /cannot be read \(ENOENT\)/],
    ['a file without PEM', ({ cert }) => writeFileSync(cert, 'x'), /contains nothing in PEM/],
    ['a broken file', ({ cert }) => writeFileSync(cert, '-----BEGIN CERTIFICATE-----\nx'), /tls cannot be used/],
    ['a key of another certificate', ({ key }) => writeFileSync(key, next.key), /the key that belongs to the first/],
  ])('serve keeps the old certificate with %s, and says why and what to do', async (_, change, why) => {
    const { cli, port, ...files } = await startServe();
    change(files);
    cli.hangUp();
    const line = await cli.line(/was not replaced/);
    expect(line).toMatch(why);
    expect(line).toMatch(/send SIGHUP again\.$/);
    expect(line).not.toContain('PRIVATE KEY');
    expect(await shownAt(port)).toBe('service');
    expect(await cli.stop()).toBe(0);
  });

  test('serve --json prints a line for each outcome', async () => {
    const { cli, key, cert } = await startServe('--json');
    cli.hangUp();
    const replaced = JSON.parse(await cli.line(/certificateReplaced/));
    expect(replaced).toEqual({ event: 'certificateReplaced', expires: expect.stringMatching(/^\d{4}-.*Z$/) });
    writeFileSync(key, 'x');
    cli.hangUp();
    const refused = JSON.parse(await cli.line(/certificateNotReplaced/));
    expect(refused).toEqual({
      event: 'certificateNotReplaced',
      why: expect.stringContaining(`${key} contains nothing`),
    });
    expect(cert).not.toBe(key);
  });

  test('serve says that an expired certificate will be refused', async () => {
    const { cli, key, cert } = await startServe();
    const old = makeCertificate({ subject: 'old', addresses: ['127.0.0.1'], fromDays: -3, toDays: -2 });
    writeFileSync(key, old.key);
    writeFileSync(cert, old.cert);
    cli.hangUp();
    await cli.line(/read again; clients will refuse it: it expired at \d{4}-/);
  });

  test('serve without a certificate ignores SIGHUP with a line', async () => {
    const cli = tirtcServer(['serve', '--port', '0', '--config', file(CONFIG)]);
    await cli.endpoint();
    cli.hangUp();
    await cli.line(/SIGHUP is ignored: without --tls-key and --tls-cert/);
    expect(await cli.stop()).toBe(0);
  });

  test('a program that serves reads its certificate again at the signal, and ends at SIGTERM', PATIENT, async () => {
    const [key, cert] = [file(identity.key), file(identity.cert)];
    const args = ['serve', '--port', '0', '--config', file(CONFIG), '--tls-key', key, '--tls-cert', cert];
    const program = new Program([process.execPath, '--import', 'tsx', 'lib/cli/main.ts', ...args], {});
    await program.line(/They must trust/);
    writeFileSync(key, next.key);
    writeFileSync(cert, next.cert);
    program.interrupt('SIGHUP');
    await program.line(/certificate was read again/);
    expect(await shownAt(Number(/127\.0\.0\.1:(\d+)/.exec(program.text)?.[1]))).toBe('next');
    program.interrupt('SIGTERM');
    expect(await program.exit, program.text).toBe(0);
  });
});
