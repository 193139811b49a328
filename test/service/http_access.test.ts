import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { connect as dial } from 'node:net';
import { describe, expect, test } from 'vitest';
import { SimulatedService, type SimulatedServiceOptions } from '../../lib/service/index.js';
import { makeCertificate } from '../support/certificates.js';
import { connect, nextEvent, rawExchange, startService, TestDevice, token } from './support/index.js';

async function startPort(options: SimulatedServiceOptions = {}) {
  const { service, endpoint } = await startService(options);
  const port = Number(new URL(endpoint).port);
  const ask = (headers: string, line = 'GET /metrics'): Promise<string> =>
    rawExchange(port, `${line} HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`);
  return { service, endpoint, port, ask };
}

/** Returns the status and the headers of an answer that concern other origins. */
function accessOf(answer: string) {
  const [head = ''] = answer.split('\r\n\r\n', 1);
  const headers = [...head.matchAll(/^(Access-Control-[A-Za-z-]+|Vary): (.*)\r?$/gm)];
  return [Number(head.split(' ')[1]), Object.fromEntries(headers.map(([, name, value]) => [name, value]))];
}

describe('the header Host of a plain request', () => {
  test.each([
    '127.0.0.1',
    '127.0.0.1:80',
    '192.168.1.7',
    '[::1]',
    '[fe80::1]:8080',
    'localhost',
    'LOCALHOST:1',
    'localhost.',
  ])('an IP address or localhost is accepted: %s', async (host) => {
    const { ask } = await startPort();
    expect(await ask(`Host: ${host}\r\n`)).toMatch(/^HTTP\/1.1 200 /);
  });

  test.each([
    'evil.example',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '::1',
    '[evil.example]',
    '127.0.0.1:80:80',
    '127.0.0.1@evil.example',
    '',
  ])('anything else is refused, for every path: %j', async (host) => {
    const { service, ask } = await startPort();
    service.route('GET', '/secret', () => ({ data: 'mine' }));
    for (const line of ['GET /metrics', 'GET /secret', 'POST /v1/start', 'GET /nothing', 'OPTIONS /secret']) {
      const answer = await ask(`Host: ${host}\r\n`, line);
      expect(answer).toMatch(/^HTTP\/1.1 403 /);
      expect(answer).toContain('--allow-host NAME (option allowHosts)');
      expect(answer).not.toMatch(/mine|tirtc_service_/);
    }
    expect(service.requestLog().map(({ outcome }) => outcome)).toEqual(Array(5).fill('403'));
  });

  test('the name of the option host and those of allowHosts are accepted, in any case', async () => {
    const { ask } = await startPort({ host: 'LocalHost', allowHosts: ['Tirtc.test', 'bücher.test.', 'a_b'] });
    for (const host of ['tirtc.test', 'TIRTC.TEST.:8080', 'xn--bcher-kva.test', 'a_b:1']) {
      expect(await ask(`Host: ${host}\r\n`), host).toMatch(/^HTTP\/1.1 200 /);
    }
    expect(await ask('Host: sub.tirtc.test\r\n')).toMatch(/^HTTP\/1.1 403 /);
  });

  test('a refusal is an event, the first time for each client and reason', async () => {
    const { service, ask } = await startPort();
    const details: string[] = [];
    service.on('requestRefused', ({ address, reason }) => details.push(`${address} ${reason}`));
    for (const header of ['Host: a', 'Host: b', 'Host: 127.0.0.1\r\nOrigin: http://a']) await ask(`${header}\r\n`);
    expect(details).toEqual(['127.0.0.1 host', '127.0.0.1 origin']);
  });

  test('upgrades are not concerned: their credential protects them', async () => {
    const { endpoint } = await startPort();
    const device = await TestDevice.start(endpoint);
    const client = await connect(endpoint, token(), 'camera-1', {
      Host: 'evil.example',
      Origin: 'https://evil.example',
    });
    await device.accept(await device.nextIncoming());
    await client.nextControl('ready');
  });
});

describe('the header Origin of a plain request', () => {
  test('the origin of the service itself is accepted', async () => {
    const { ask, port } = await startPort();
    for (const host of [`127.0.0.1:${port}`, `[::1]:${port}`, 'localhost', 'localhost:80']) {
      const origin = host.replace(':80', '');
      expect(
        accessOf(await ask(`Host: ${host}\r\nOrigin: http://${origin === host ? host : 'localhost'}\r\n`)),
      ).toEqual([200, {}]);
    }
  });

  test.each([
    'null',
    'https://evil.example',
    'http://localhost',
    'https://127.0.0.1',
    'http://127.0.0.1:1',
    '',
    'http://',
  ])('another origin is refused: %j', async (origin) => {
    const { service, ask } = await startPort();
    const refused = nextEvent(service, 'requestRefused');
    const answer = await ask(`Host: 127.0.0.1\r\nOrigin: ${origin}\r\n`);
    expect(accessOf(answer)).toEqual([403, {}]);
    expect(answer).toContain('--cors ORIGIN (option cors)');
    expect(answer).not.toContain('tirtc_service_');
    expect(await refused).toMatchObject({ reason: 'origin', detail: expect.stringContaining(JSON.stringify(origin)) });
  });

  test('with TLS, the origin of the service begins with https', async () => {
    const { key, cert } = makeCertificate({ subject: 'service', addresses: ['127.0.0.1'] });
    const { endpoint } = await startService({ tls: { key, cert } });
    const ask = async (origin: string) => {
      const asked = request(`${endpoint}/metrics`, { ca: cert, headers: { Origin: origin } }).end();
      const [response] = (await once(asked, 'response')) as [IncomingMessage];
      response.resume();
      return response.statusCode;
    };
    expect(await ask(endpoint)).toBe(200);
    expect(await ask(endpoint.replace('https', 'http'))).toBe(403);
  });

  test('an origin of the option cors is accepted, and its page may read every answer', async () => {
    const { ask } = await startPort({ cors: ['http://Localhost:5173/', 'capacitor://localhost'] });
    const allowed = (origin: string) => ({ 'Access-Control-Allow-Origin': origin, Vary: 'Origin' });
    for (const origin of ['http://localhost:5173', 'capacitor://localhost']) {
      for (const [line, status] of [
        ['GET /metrics', 200],
        ['GET /nothing', 404],
        ['POST /v1/start', 426],
      ] as const) {
        const answer = await ask(`Host: 127.0.0.1\r\nOrigin: ${origin}\r\n`, line);
        expect(accessOf(answer)).toEqual([status, allowed(origin)]);
      }
    }
    expect(accessOf(await ask('Host: 127.0.0.1\r\n'))).toEqual([200, { Vary: 'Origin' }]);
    expect(accessOf(await ask('Host: 127.0.0.1\r\nOrigin: null\r\n'))).toEqual([403, { Vary: 'Origin' }]);
  });

  test('a preflight of an allowed page is answered with what the page may send', async () => {
    const { service, ask } = await startPort({ cors: ['http://localhost:5173'] });
    const asked = 'Access-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: authorization\r\n';
    const preflight = (origin: string) => ask(`Host: 127.0.0.1\r\nOrigin: ${origin}\r\n${asked}`, 'OPTIONS /any');
    expect(accessOf(await preflight('http://localhost:5173'))).toEqual([
      204,
      {
        'Access-Control-Allow-Origin': 'http://localhost:5173',
        'Access-Control-Allow-Methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
        'Access-Control-Allow-Headers': 'Authorization, Content-Type',
        'Access-Control-Max-Age': '600',
        Vary: 'Origin',
      },
    ]);
    expect(accessOf(await preflight('http://localhost:5174'))).toEqual([403, { Vary: 'Origin' }]);
    expect(service.requestLog().map(({ outcome }) => outcome)).toEqual(['204', '403']);
  });

  test('OPTIONS without the headers of a preflight reaches the routes', async () => {
    const { service, ask } = await startPort({ cors: ['*'] });
    service.route('OPTIONS', '/a', () => ({ data: 'mine' }));
    expect(await ask('Host: 127.0.0.1\r\nOrigin: http://a\r\n', 'OPTIONS /a')).toContain('mine');
  });

  test('cors "*" lets every page send requests, and "null" pages without an origin', async () => {
    const every = await startPort({ cors: ['*'] });
    for (const origin of ['null', 'https://any.example']) {
      const answer = await every.ask(`Host: 127.0.0.1\r\nOrigin: ${origin}\r\n`);
      expect(accessOf(answer)).toEqual([200, { 'Access-Control-Allow-Origin': '*', Vary: 'Origin' }]);
    }
    const local = await startPort({ cors: ['null'] });
    expect(await local.ask('Host: 127.0.0.1\r\nOrigin: null\r\n')).toMatch(/^HTTP\/1.1 200 /);
    expect(await local.ask('Host: 127.0.0.1\r\nOrigin: http://a\r\n')).toMatch(/^HTTP\/1.1 403 /);
  });
});

test('a page that sends a body and is refused receives the refusal', async () => {
  const { port } = await startPort();
  const body = 'x'.repeat(300_000);
  const socket = dial(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.write(`POST /a HTTP/1.1\r\nHost: evil.example\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  await new Promise((resolve) => socket.once('close', resolve));
  expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1.1 403 /);
});

test.each<[SimulatedServiceOptions, string]>([
  [{ allowHosts: 'a.test' as never }, 'the option allowHosts is "a.test"'],
  [{ allowHosts: ['*'] }, 'the allowed host "*" is not a host name'],
  [{ allowHosts: ['http://a.test'] }, 'without scheme, port or wildcard'],
  [{ allowHosts: ['a.test:80'] }, 'without scheme, port or wildcard'],
  [{ allowHosts: [''] }, 'the allowed host "" is not a host name'],
  [{ allowHosts: [7 as never] }, 'the allowed host 7 is not a host name'],
  [{ cors: ['localhost:5173'] }, 'the CORS origin "localhost:5173" is not an origin'],
  [{ cors: ['http://localhost:5173/app'] }, 'write scheme, host and port'],
  [{ cors: ['http://me@localhost'] }, 'write scheme, host and port'],
  [{ cors: {} as never }, 'the option cors is an object'],
])('the options %j are refused', (options, hint) => {
  expect(() => new SimulatedService(options)).toThrow(hint);
});
