import { once } from 'node:events';
import { connect as dial } from 'node:net';
import { describe, expect, test } from 'vitest';
import { SimulatedService } from '../../lib/service/index.js';
import {
  connect,
  connectUrl,
  nextEvent,
  openStart,
  rawExchange,
  SECRET_KEY,
  startService,
  TestDevice,
  token,
  WirePeer,
} from './support/index.js';

const HANDSHAKE =
  'Host: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: tirtc.v1\r\n';

const LONG_ID = 'x'.repeat(65);

async function startPort() {
  const { service, endpoint } = await startService();
  return { service, endpoint, port: Number(new URL(endpoint).port) };
}

describe('malformed requests', () => {
  test.each([
    ['a plain GET', `GET /v1/start HTTP/1.1\r\nHost: localhost\r\n\r\n`, 426],
    ['a plain POST', `POST /v1/connect HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}`, 426],
    ['another path', `GET /v2/start HTTP/1.1\r\nHost: localhost\r\n\r\n`, 404],
    ['an upgrade of another path', `GET /start HTTP/1.1\r\n${HANDSHAKE}\r\n`, 404],
    ['an upgrade to something else', `GET /v1/start HTTP/1.1\r\n${HANDSHAKE.replace('websocket', 'h2c')}\r\n`, 426],
    ['an upgrade of another version', `GET /v1/start HTTP/1.1\r\n${HANDSHAKE.replace(': 13', ': 8')}\r\n`, 426],
    ['an upgrade without tirtc.v1', `GET /v1/start HTTP/1.1\r\n${HANDSHAKE.replace('tirtc.v1', 'chat')}\r\n`, 426],
    [
      'an upgrade without a key',
      `GET /v1/start HTTP/1.1\r\n${HANDSHAKE.replace(/Sec-WebSocket-Key.*\n/, '')}\r\n`,
      400,
    ],
    ['a start without a device id', `GET /v1/start HTTP/1.1\r\n${HANDSHAKE}\r\n`, 400],
    ['a start with two', `GET /v1/start HTTP/1.1\r\n${HANDSHAKE}X-Tg-Device-Id: a\r\nX-Tg-Device-Id: b\r\n\r\n`, 400],
    ['a start with a query', `GET /v1/start?a=b HTTP/1.1\r\n${HANDSHAKE}X-Tg-Device-Id: a\r\n\r\n`, 400],
    ['a broken device id', `GET /v1/start HTTP/1.1\r\n${HANDSHAKE}X-Tg-Device-Id: %0d\r\n\r\n`, 400],
    [
      'a broken start id',
      `GET /v1/start HTTP/1.1\r\n${HANDSHAKE}X-Tg-Device-Id: a\r\nX-Tg-Start-Id: short\r\n\r\n`,
      400,
    ],
    ['two Host headers', `GET /v1/start HTTP/1.1\r\n${HANDSHAKE}Host: h\r\nX-Tg-Device-Id: a\r\n\r\n`, 400],
    ['no Host', `GET /v1/start HTTP/1.1\r\n${HANDSHAKE.replace('Host: h\r\n', '')}X-Tg-Device-Id: a\r\n\r\n`, 400],
    ['a plain GET with two Host headers', 'GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: 127.0.0.1\r\n\r\n', 400],
    ...(
      [
        ['a device id of 64 bytes', 'start', `X-Tg-Device-Id: ${LONG_ID.slice(1)}`, 400],
        ['a device id of 64 bytes in 32 characters', 'start', `X-Tg-Device-Id: ${'%C3%A9'.repeat(32)}`, 400],
        ['a client id of 65 bytes', 'start', `X-Tg-Device-Id: a\r\nX-Tg-Client-Id: ${LONG_ID}`, 400],
        ['an app id of 65 bytes', 'start', `X-Tg-Device-Id: a\r\nX-Tg-App-Id: ${LONG_ID}`, 400],
        ['an app id of 65 bytes', 'connect?peer_id=a', `X-Tg-App-Id: ${LONG_ID}`, 400],
        ['a device id of 64 bytes', 'accept', `X-Tg-Device-Id: ${LONG_ID.slice(1)}`, 403],
      ] as const
    ).map(([what, link, header, status]): [string, string, number] => [
      `${what} to ${link}`,
      `GET /v1/${link} HTTP/1.1\r\n${HANDSHAKE}${header}\r\n\r\n`,
      status,
    ]),
    ...['63', '0x100', '1e3', '-1', '4294967296', '12345678901', 'lots'].flatMap((limit) =>
      ['connect?peer_id=a', 'accept'].map((link): [string, string, number] => [
        `a limit of ${limit} to ${link}`,
        `GET /v1/${link} HTTP/1.1\r\n${HANDSHAKE}Authorization: Bearer v1.a.b\r\nX-Tg-Max-Message-Bytes: ${limit}\r\n\r\n`,
        400,
      ]),
    ),
  ])('%s is answered with an explanation, which is logged', async (_, request, status) => {
    const { service, port } = await startPort();
    const response = await rawExchange(port, request);
    expect(response).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(response.split('\r\n\r\n')[0]?.length).toBeLessThan(4096);
    const [logged] = service.requestLog();
    expect(logged?.outcome).toBe(String(status));
    expect(response).toContain(logged?.explanation);
    expect(logged?.explanation).not.toContain('xxx');
  });

  test('ids of the greatest length reach the device list', async () => {
    const { service, endpoint } = await startService({ devices: { ['x'.repeat(63)]: 's' } });
    const ids = { deviceId: 'x'.repeat(63), appId: 'é'.repeat(32), clientId: 'y'.repeat(64) };
    await TestDevice.start(endpoint, { ...ids, secret: 's' });
    expect(service.onlineDevices()).toEqual(['x'.repeat(63)]);
  });

  test('the id of a device that a client names is cut in events and logs', async () => {
    const { service, endpoint } = await startService();
    const id = 'x'.repeat(5000);
    const refused = nextEvent(service, 'connectRefused');
    const client = await connect(endpoint, token({ remoteId: id }), id);
    expect(await client.nextBye()).toBe('token_device');
    expect((await refused).deviceId).toBe(`${'x'.repeat(63)}…`);
    expect(JSON.stringify([await refused, service.requestLog()]).length).toBeLessThan(1500);
  });

  test('an upgrade with a malformed list of subprotocols is answered with 400, which is logged', async () => {
    const { service, port } = await startPort();
    const handshake = HANDSHAKE.replace('tirtc.v1', 'tirtc.v1, tirtc.v1');
    const response = await rawExchange(port, `GET /v1/start HTTP/1.1\r\n${handshake}X-Tg-Device-Id: a\r\n\r\n`);
    expect(response).toMatch(/^HTTP\/1.1 400 /);
    expect(service.requestLog()).toMatchObject([
      { outcome: '400', explanation: expect.stringContaining('Sec-WebSocket-Protocol') },
    ]);
  });

  test('garbage is answered with 400, and other clients are still served', async () => {
    const { endpoint, port } = await startPort();
    expect(await rawExchange(port, '\0\x01garbage\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /);
    await TestDevice.start(endpoint);
  });

  test('an answer with 404 suggests the path that was probably meant', async () => {
    const { service, port } = await startPort();
    expect(await rawExchange(port, 'GET /prefix/v1/start HTTP/1.1\r\nHost: localhost\r\n\r\n')).toContain(
      'did you mean /v1/start?',
    );
    expect(service.requestLog()[0]?.link).toBe('none');
  });
});

describe('answerNext()', () => {
  test('answers the next upgrades of its link in order, and no others', async () => {
    const { service, endpoint } = await startService();
    service.answerNext('start', { status: 500 });
    service.answerNext('start', { status: 302, headers: { Location: 'http://elsewhere/' } });
    const headers = { 'X-Tg-Device-Id': 'camera-1' };
    expect(await (await connect(endpoint)).nextBye()).toBe('offline');
    await expect(openStart(endpoint, headers)).rejects.toThrow('HTTP 500');
    await expect(openStart(endpoint, headers)).rejects.toThrow('HTTP 302');
    await TestDevice.start(endpoint);
    expect(service.requestLog().map(({ outcome }) => outcome)).toEqual([
      'bye(offline)',
      'scripted',
      'scripted',
      'started',
    ]);
  });

  test('closes the socket', async () => {
    const { service, endpoint } = await startService();
    service.answerNext('connect', 'close');
    await expect(connect(endpoint)).rejects.toThrow(/socket hang up|ECONNRESET/);
  });

  test('leaves the client without an answer until the service is closed', async () => {
    const { service, endpoint } = await startService();
    service.answerNext('accept', 'hang');
    const hanging = WirePeer.open(`${endpoint.replace('http', 'ws')}/v1/accept`);
    const outcome = expect(hanging).rejects.toThrow(/socket hang up|ECONNRESET/);
    await expect.poll(() => service.requestLog()).toMatchObject([{ outcome: 'scripted', explanation: 'hang' }]);
    await service.close();
    await outcome;
  });
});

describe('requestLog()', () => {
  test('contains no credential, wherever a client put it', async () => {
    const { service, endpoint } = await startService();
    const secret = token();
    await connect(endpoint, secret);
    await WirePeer.open(connectUrl(endpoint, 'a'), { subprotocols: ['tirtc.v1', `tirtc.bearer.${secret}`] });
    const refused = [`${connectUrl(endpoint, 'a')}&token=${secret}`, `${endpoint}/v1/connect/${secret}`];
    for (const url of [...refused, connectUrl(endpoint, secret)]) {
      await WirePeer.open(url.replace('http', 'ws'), { headers: { 'X-Tg-App-Id': secret } }).catch(() => {});
    }
    const log = JSON.stringify(service.requestLog());
    expect(service.requestLog()).toHaveLength(5);
    for (const part of secret.split('.').slice(1)) expect(log).not.toContain(part);
    expect(log).not.toContain(SECRET_KEY);
  });

  test('keeps only the last requests', async () => {
    const { service, endpoint } = await startService({ maxSeen: 2 });
    for (const path of ['a', 'b', 'c']) await fetch(`${endpoint}/${path}`);
    expect(service.requestLog().map(({ number, target }) => [number, target])).toEqual([
      [2, '/b'],
      [3, '/c'],
    ]);
  });

  test('shows the ids of the sender', async () => {
    const { service, endpoint } = await startService();
    await TestDevice.start(endpoint, { appId: 'app' });
    expect(service.requestLog()[0]).toMatchObject({
      number: 1,
      link: 'start',
      method: 'GET',
      target: '/v1/start',
      headers: { 'x-tg-device-id': 'camera-1', 'x-tg-app-id': 'app' },
    });
  });
});

describe('listen() and close()', () => {
  test('may be called any number of times', async () => {
    const service = new SimulatedService();
    const [first, second] = await Promise.all([service.listen(), service.listen()]);
    expect(second).toEqual(first);
    await Promise.all([service.close(), service.close()]);
    await service.close();
    await expect(fetch(first.endpoint)).rejects.toThrow();
    await expect(service.listen()).rejects.toThrow('create a new one');
  });

  test('close() may be called without listen()', async () => {
    await new SimulatedService().close();
  });

  test('listen() names a port that is in use', async () => {
    const { port } = await startPort();
    const second = new SimulatedService({ port });
    await expect(second.listen()).rejects.toThrow(`127.0.0.1:${port} (EADDRINUSE)`);
    await second.close();
  });

  test('close() sends a bye on every link, and destroys sockets that stay open', async () => {
    const { service, endpoint, port } = await startPort();
    const device = await TestDevice.start(endpoint);
    const client = await connect(endpoint);
    await device.nextIncoming();
    const unproven = await openStart(endpoint, { 'X-Tg-Device-Id': 'camera-2' });
    await unproven.nextControl('challenge');
    const idle = dial(port, '127.0.0.1');
    await once(idle, 'connect');
    idle.write('GET /v1/st');
    await service.close();
    expect(await device.link.nextBye()).toBe('stopping');
    expect(await client.nextBye()).toBe('stopping');
    expect(await unproven.nextBye()).toBe('stopping');
    expect(service.onlineDevices()).toEqual([]);
  });

  test('work with await using and with IPv6', async () => {
    await using service = new SimulatedService({ host: '::1' });
    const { endpoint, port } = await service.listen();
    expect(endpoint).toBe(`http://[::1]:${port}`);
    expect((await fetch(`${endpoint}/v1/start`)).status).toBe(426);
  });
});
