import { createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { type ConnectionOptions, connect as dialTls } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { Client, connect } from '../../lib/client/index.js';
import { ErrorCode, TiRtcError } from '../../lib/errors/index.js';
import { type ServiceTls, SimulatedService } from '../../lib/service/index.js';
import { type Certificate, makeCertificate } from '../support/certificates.js';
import { DEVICE_ID, startService, TestDevice, token } from './support/index.js';

const authority = makeCertificate({ subject: 'Authority of the test', authority: true });
const identity = makeCertificate({ subject: 'service', dns: ['localhost'], addresses: ['127.0.0.1'], by: authority });

/** Start a service with TLS, and a device that the test itself plays. */
async function startSecure(tls: Certificate = identity) {
  const { service, endpoint } = await startService({ tls: { key: tls.key, cert: tls.cert } });
  const device = await TestDevice.start(endpoint, { ca: `${authority.cert}${tls.cert}` });
  return { service, endpoint, device };
}

async function failureOf(promise: Promise<unknown>): Promise<TiRtcError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof TiRtcError)) throw new Error(`a TiRtcError was expected, not ${error}`);
  return error;
}

describe('a service with a certificate', () => {
  test('has an https endpoint, and relays connections', async () => {
    const { endpoint, device } = await startSecure();
    expect(endpoint).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const calling = connect({ endpoint, remoteId: DEVICE_ID, token: token(), ca: authority.cert });
    const accepted = await device.accept(await device.nextIncoming());
    await using connection = await calling;
    expect(connection.state).toBe('open');
    expect(accepted).toBeDefined();
  });

  test('answers plain requests over TLS, and closes connections of plain HTTP', async () => {
    const { endpoint } = await startSecure();
    const { port } = new URL(endpoint);
    const socket = dialTls({ port: Number(port), ca: authority.cert, servername: 'localhost' });
    socket.end('GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    const answer = Buffer.concat(await socket.toArray()).toString();
    expect(answer).toMatch(/^HTTP\/1.1 404 /);
    const plain = failureOf(connect({ endpoint: `http://127.0.0.1:${port}`, remoteId: DEVICE_ID, token: token() }));
    expect((await plain).number).toBe(ErrorCode.SERVER_ERROR);
  });

  test('sends a bye on open links when it closes', async () => {
    const { service, device } = await startSecure();
    const ended = device.link.next();
    await service.close();
    expect(await ended).toMatchObject({ type: 'bye' });
  });

  test('is refused by a client that does not trust it, with an error that says what to do', async () => {
    const { endpoint } = await startSecure();
    const target = { remoteId: DEVICE_ID, token: token() };
    const unknown = await failureOf(connect({ endpoint, ...target }));
    expect(unknown).toMatchObject({
      number: ErrorCode.HTTP_SSL,
      advice: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    });
    const other = makeCertificate({ subject: 'Another authority', authority: true });
    const wrong = await failureOf(new Client({ endpoint, ca: other.cert }).connect(target));
    expect(wrong.number).toBe(ErrorCode.HTTP_SSL);
  });

  test.each([
    ['expired', { fromDays: -3, toDays: -2, addresses: ['127.0.0.1'] }, 'expired'],
    ['valid from tomorrow', { fromDays: 1, toDays: 2, addresses: ['127.0.0.1'] }, 'not valid yet'],
    ['for another host', { dns: ['other.test'] }, 'another host'],
  ])('is refused with the reason when the certificate is %s', async (_, wish, advice) => {
    const bad = makeCertificate({ subject: 'service', by: authority, ...wish });
    const { endpoint } = await startService({ tls: { key: bad.key, cert: bad.cert } });
    const error = await failureOf(connect({ endpoint, remoteId: DEVICE_ID, token: token(), ca: authority.cert }));
    expect(error).toMatchObject({ number: ErrorCode.HTTP_SSL, advice: expect.stringContaining(advice) });
  });

  test('may use a self-signed certificate, for clients that trust it', async () => {
    const self = makeCertificate({ subject: 'self', addresses: ['127.0.0.1'] });
    const { endpoint } = await startService({ tls: { key: self.key, cert: self.cert } });
    const offline = failureOf(connect({ endpoint, remoteId: DEVICE_ID, token: token(), ca: self.cert }));
    expect((await offline).number).toBe(ErrorCode.CONN_REMOTECLOSE); // the device is offline, so TLS succeeded
  });
});

describe('the TLS of a service', () => {
  const ALERT = /^(?:ERR_SSL_\S*ALERT|ECONNRESET|ERR_SSL_UNSUPPORTED_PROTOCOL|EPROTO)/;

  /** Make a handshake with only these settings. Resolves with the protocol and the cipher, or the code of the failure. */
  async function handshake(port: number, options: ConnectionOptions): Promise<string> {
    const socket = dialTls({ port, servername: 'localhost', rejectUnauthorized: false, ...options });
    const outcome = await new Promise<string>((resolve) => {
      socket.on('secureConnect', () => resolve(`${socket.getProtocol()} ${socket.getCipher().standardName}`));
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });
    socket.destroy();
    return outcome;
  }

  const rsa = makeCertificate({ subject: 'service', dns: ['localhost'], keyKind: 'RSA-2048' });
  const LOW = '@SECLEVEL=0';

  test.each<[string, ConnectionOptions]>([
    ['TLS 1.0', { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: `ALL${LOW}` }],
    ['TLS 1.1', { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: `ALL${LOW}` }],
    ['CBC', { maxVersion: 'TLSv1.2', ciphers: `ECDHE-RSA-AES128-SHA256:ECDHE-RSA-AES256-SHA${LOW}` }],
    ['a key exchange by RSA', { maxVersion: 'TLSv1.2', ciphers: `AES128-GCM-SHA256:AES256-GCM-SHA384${LOW}` }],
    ['a key exchange without curves', { maxVersion: 'TLSv1.2', ciphers: `DHE-RSA-AES128-GCM-SHA256${LOW}` }],
    ['CCM', { maxVersion: 'TLSv1.2', ciphers: `ECDHE-ECDSA-AES128-CCM:ECDHE-ECDSA-AES256-CCM8${LOW}` }],
    ['no authentication', { maxVersion: 'TLSv1.2', ciphers: `AECDH-AES128-SHA:ADH-AES128-GCM-SHA256${LOW}` }],
  ])('refuses a handshake that offers only %s', async (_, options) => {
    for (const identity of [rsa, makeCertificate({ subject: 'service', dns: ['localhost'] })]) {
      const { endpoint, service } = await startService({ tls: { key: identity.key, cert: identity.cert } });
      expect(await handshake(Number(new URL(endpoint).port), options)).toMatch(ALERT);
      expect(service.requestLog()).toEqual([]);
    }
  });

  test.each<[string, ConnectionOptions]>([
    ['TLSv1.3 TLS_AES_128_GCM_SHA256', {}],
    ['TLSv1.3 TLS_CHACHA20_POLY1305_SHA256', { ciphers: 'TLS_CHACHA20_POLY1305_SHA256' }],
    ['TLSv1.2 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', { maxVersion: 'TLSv1.2' }],
    [
      'TLSv1.2 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
      { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES256-GCM-SHA384' },
    ],
  ])('speaks %s', async (expected, options) => {
    const { endpoint } = await startService({ tls: { key: rsa.key, cert: rsa.cert } });
    expect(await handshake(Number(new URL(endpoint).port), options)).toBe(expected);
  });
});

describe('setTls()', () => {
  const next = makeCertificate({ subject: 'next', dns: ['localhost'], addresses: ['127.0.0.1'], by: authority });

  /** Resolves with the name in the certificate of a new handshake, and whether it resumed this session. */
  async function look(endpoint: string, session?: Buffer) {
    const port = Number(new URL(endpoint).port);
    const options = { port, ca: authority.cert, servername: 'localhost', maxVersion: 'TLSv1.2' } as const;
    const socket = dialTls({ ...options, ...(session === undefined ? {} : { session }) });
    await once(socket, 'secureConnect');
    const seen = { name: socket.getPeerCertificate().subject?.CN, resumed: socket.isSessionReused() };
    const ticket = socket.getSession();
    socket.destroy();
    return { ...seen, session: ticket };
  }

  test('new handshakes show the new certificate, and an open connection continues', async () => {
    const { service, endpoint, device } = await startSecure();
    const calling = connect({ endpoint, remoteId: DEVICE_ID, token: token(), ca: authority.cert });
    const accepted = await device.accept(await device.nextIncoming());
    await using connection = await calling;
    expect((await look(endpoint)).name).toBe('service');
    service.setTls({ key: next.key, cert: Buffer.from(next.cert) });
    expect((await look(endpoint)).name).toBe('next');
    connection.sendCommand(0x4001, 'still here');
    expect(await accepted.next()).toBeDefined();
    expect(service.connections()).toHaveLength(1);
    expect(service.onlineDevices()).toEqual([DEVICE_ID]);
  });

  test('a session of the old certificate is resumed before, and not after', async () => {
    const { service, endpoint } = await startSecure();
    const { session } = await look(endpoint);
    expect(await look(endpoint, session)).toMatchObject({ resumed: true });
    service.setTls({ key: next.key, cert: next.cert });
    expect(await look(endpoint, session)).toMatchObject({ resumed: false, name: 'next' });
  });

  test('holds after the service vanished and came back', async () => {
    const { service, endpoint } = await startSecure();
    service.setTls({ key: next.key, cert: next.cert });
    await service.fault({ kind: 'down' }).lift();
    expect((await look(endpoint)).name).toBe('next');
  });

  const rsa1024 = makeCertificate({ subject: 'service', dns: ['localhost'], keyKind: 'RSA-1024' });
  const encrypted = createPrivateKey(next.key).export({
    ...{ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' },
  } as const);
  test.each<[string, unknown, RegExp]>([
    ['a key of another certificate', { key: authority.key, cert: next.cert }, /give the key that belongs to the first/],
    ['a certificate that is not PEM', { key: next.key, cert: 'no certificate' }, /give a key and its certificate.*PEM/],
    ['a key that is not PEM', { key: 'no key', cert: next.cert }, /give a key and its certificate.*PEM/],
    ['an encrypted key', { key: encrypted, cert: next.cert }, /the key is encrypted: decrypt it/],
    ['a key RSA-1024', { key: rsa1024.key, cert: rsa1024.cert }, /a key is too weak: use RSA of at least 2048/],
    ['no certificate', { key: next.key }, /no cert/],
    ['an unknown name', { key: next.key, cert: next.cert, ca: 'x' }, /ca/],
    ['undefined', undefined, /tls is undefined/],
    ['null', null, /tls is null/],
  ])('throws for %s, and the old certificate stays', async (_, tls, message) => {
    const { service, endpoint } = await startSecure();
    const error = await failureOf((async () => service.setTls(tls as ServiceTls))());
    expect(error).toMatchObject({ code: 'INVALID_PARAMETER', message: expect.stringMatching(message) });
    expect(error.message).not.toContain('PRIVATE KEY');
    expect((await look(endpoint)).name).toBe('service');
  });

  test('throws for a service without TLS', async () => {
    const { service } = await startService();
    expect(() => service.setTls({ key: next.key, cert: next.cert })).toThrow(/the service has no TLS .*create it with/);
  });
});

describe('the options of TLS', () => {
  test.each([
    [{ key: identity.key, cert: 'no certificate' }, /tls cannot be used/],
    [{ key: authority.key, cert: identity.cert }, /tls cannot be used/],
    [{ key: identity.key }, /no cert/],
    [{ key: '', cert: identity.cert }, /no key/],
    [{ key: identity.key, cert: identity.cert, pfx: 'x' }, /pfx/],
    [null, /tls is null/],
  ])('of a service are checked, and errors do not contain the key', (tls, message) => {
    const make = (): SimulatedService => new SimulatedService({ tls: tls as never });
    expect(make).toThrow(
      expect.objectContaining({ number: ErrorCode.INVALID_PARAMETER, message: expect.stringMatching(message) }),
    );
    try {
      make();
    } catch (error) {
      expect(String(error)).not.toContain('PRIVATE KEY');
    }
  });

  test('of a client must be certificates, not names of files, and exclude a WebSocket class', async () => {
    const target = { endpoint: 'https://localhost:1', remoteId: 'd', token: 'v1.a.b' };
    expect(await failureOf(connect({ ...target, ca: '/etc/ca.pem' }))).toMatchObject({
      number: ErrorCode.INVALID_PARAMETER,
    });
    const WebSocket = class {} as never;
    const both = await failureOf(connect({ ...target, ca: authority.cert, WebSocket }));
    expect(both.message).toContain('WebSocket class');
  });
});
