import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { json } from 'node:stream/consumers';
import { connect as dial, type TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { connect } from '../../lib/client/index.js';
import { TiRtcError } from '../../lib/errors/index.js';
import { SimulatedService } from '../../lib/service/index.js';
import { CLIENT_TLS } from '../../lib/tls/index.js';
import { type CertificateCase, certificateCases } from '../support/certificate_cases.js';
import { makeCertificate } from '../support/certificates.js';
import { startTlsProxy } from '../support/tls_proxy.js';

const cases = certificateCases();

/** Start a service behind TLS that knows no token, so that a connect over accepted TLS fails with TOKEN_FORM. */
async function startService({ key, cert, host }: Pick<CertificateCase, 'key' | 'cert' | 'host'>) {
  const service = new SimulatedService();
  onTestFinished(() => service.close());
  service.route('POST', '/v1/foo', () => ({ data: 'accepted' }));
  const { port } = await startTlsProxy((await service.listen()).port, { key, cert });
  return { endpoint: `https://${host}:${port}`, port };
}

async function failureOf(promise: Promise<unknown>): Promise<TiRtcError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof TiRtcError)) throw new Error(`a TiRtcError was expected, not ${error}`);
  return error;
}

describe('connect()', () => {
  const target = { remoteId: 'camera-1', token: 'v1.a.b' };

  test.each(cases)('judges a certificate $name as a C program does', async (one) => {
    const { endpoint } = await startService(one);
    const error = await failureOf(connect({ endpoint, ...target, ca: one.ca }));
    if (one.refused === undefined) {
      expect(error.code).toBe('TOKEN_FORM');
    } else {
      expect(error).toMatchObject({ code: 'HTTP_SSL', number: -7, message: expect.stringMatching(one.refused.node) });
    }
  });

  test('verifies certificates also if NODE_TLS_REJECT_UNAUTHORIZED is 0', async () => {
    const { endpoint } = await startService({ ...makeCertificate({ subject: 'x' }), host: 'localhost' });
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect((await failureOf(connect({ endpoint, ...target }))).number).toBe(-7);
  });

  test('names the hosts of a certificate for another host', async () => {
    const other = makeCertificate({ subject: 'service', dns: ['other.test', 'third.test'] });
    const { endpoint } = await startService({ ...other, host: 'localhost' });
    const error = await failureOf(connect({ endpoint, ...target, ca: other.cert }));
    expect(error.message).toContain('it is for DNS:other.test, DNS:third.test');
  });
});

/** Runs requests in a child, whose authorities of Node include these. */
async function requestAll(endpoints: readonly string[], authorities: string): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'tirtc-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'authorities.pem');
  writeFileSync(file, authorities);
  const program = fileURLToPath(new URL('../device/children/service_requests.ts', import.meta.url));
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: file };
  const child = spawn(process.execPath, ['--import', 'tsx', program], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(endpoints));
  return await json(child.stdout);
}

describe('device.serviceRequest()', () => {
  test('judges the same certificates as a client', { timeout: 30_000 }, async () => {
    const services = await Promise.all(cases.map(startService));
    const authorities = [...new Set(cases.map(({ ca }) => ca))].join('');
    const outcomes = await requestAll(
      services.map(({ endpoint }) => endpoint),
      authorities,
    );
    const expected = cases.map(({ refused }) =>
      refused === undefined
        ? { body: 'accepted' }
        : { code: 'HTTP_SSL', number: -7, message: expect.stringMatching(refused.node) },
    );
    expect(outcomes).toEqual(expected);
  });
});

describe('the names of certificates', () => {
  const vectors = readFileSync(new URL('../vectors/tls-names.txt', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(' ') as [string, string, string]);

  test.each(vectors)('a certificate for host %s with the name %s is accepted: %s', async (host, dns, verdict) => {
    const identity = makeCertificate({ subject: 'service', dns: [dns] });
    const { port } = await startService({ ...identity, host: 'localhost' });
    const options = { ...CLIENT_TLS, host: '127.0.0.1', port, ca: identity.cert };
    // An address is not sent as a server name, and Node then compares the host.
    const socket: TLSSocket = dial(host === '192.0.2.1' ? options : { ...options, servername: host });
    const outcome = await new Promise<string>((resolve) => {
      socket.on('secureConnect', () => resolve('yes'));
      socket.on('error', (error) => resolve('code' in error ? `${error.code}` : String(error)));
    });
    socket.destroy();
    expect(outcome).toBe(verdict === 'yes' ? 'yes' : 'ERR_TLS_CERT_ALTNAME_INVALID');
  });
});
