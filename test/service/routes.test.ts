import { connect as dial } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { RouteRequest } from '../../lib/service/index.js';
import { rawExchange, startService, TestDevice, WirePeer } from './support/index.js';

const INVALID = expect.objectContaining({ code: 'INVALID_PARAMETER' });

function post(url: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { method: 'POST', body, headers });
}

describe('route()', () => {
  test('gives the request to the handler, and its answer to the client', async () => {
    const { service, endpoint } = await startService({ pathPrefix: '/tirtc' });
    const asked: RouteRequest[] = [];
    service.route('POST', '/v1/foo', (request) => {
      asked.push(request);
      return { status: 201, headers: { 'X-Own': 'yes' }, body: { heard: JSON.parse(request.body) } };
    });
    const response = await post(`${endpoint}/v1/foo?a=1&a=2`, '{"ü":1}', { Authorization: 'Bearer t.o.k' });
    expect([response.status, response.headers.get('x-own'), await response.json()]).toEqual([
      201,
      'yes',
      { heard: { ü: 1 } },
    ]);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(asked).toMatchObject([{ method: 'POST', path: '/v1/foo', token: 't.o.k', body: '{"ü":1}' }]);
    expect(asked[0]?.query.getAll('a')).toEqual(['1', '2']);
    expect(service.requestLog()).toMatchObject([{ link: 'none', method: 'POST', outcome: '201', explanation: '' }]);
    expect(JSON.stringify(service.requestLog())).not.toContain('t.o.k');
  });

  test('answers 200 without a body by default, text as text, and waits for the handler', async () => {
    const { service, endpoint } = await startService();
    service.route('GET', '/empty', () => ({}));
    service.route('GET', '/text', () => Promise.resolve({ body: 'plain' }));
    const [empty, text] = [await fetch(`${endpoint}/empty`), await fetch(`${endpoint}/text`)];
    expect([empty.status, await empty.text()]).toEqual([200, '']);
    expect([text.headers.get('content-type'), await text.text()]).toEqual(['text/plain; charset=utf-8', 'plain']);
  });

  test('replaces and removes a handler', async () => {
    const { service, endpoint } = await startService();
    for (const body of ['first', 'second']) {
      service.route('GET', '/a', () => ({ body }));
      expect(await (await fetch(`${endpoint}/a`)).text()).toBe(body);
    }
    service.route('GET', '/a', undefined);
    expect((await fetch(`${endpoint}/a`)).status).toBe(404);
  });

  test('lists the defined routes in the answer to a request for another path', async () => {
    const { service, endpoint } = await startService();
    expect(await (await post(`${endpoint}/v1/bar`, '')).text()).toContain('define one with service.route()');
    service.route('POST', '/v1/foo', () => ({}));
    const missing = await post(`${endpoint}/v1/bar`, '');
    expect(missing.status).toBe(404);
    expect(await missing.text()).toMatch(/a link is one of \/v1\/start.*defined routes are POST \/v1\/foo\n$/);
    expect(await (await fetch(`${endpoint}/v1/foo`)).text()).toMatch(/are POST \/v1\/foo\n$/);
    expect(service.requestLog().map(({ outcome }) => outcome)).toEqual(['404', '404', '404']);
  });

  test('accepts a body of 64 KiB, and answers a larger one with 413', async () => {
    const { service, endpoint } = await startService();
    service.route('POST', '/size', ({ body }) => ({ body: String(body.length) }));
    expect(await (await post(`${endpoint}/size`, 'x'.repeat(65_536))).text()).toBe('65536');
    expect((await post(`${endpoint}/size`, 'x'.repeat(65_537))).status).toBe(413);
  });

  test.each([
    ['throws', () => Promise.reject(new Error('no such thing'))],
    ['answers with an impossible status', () => ({ status: 42 })],
    ['answers with an impossible header', () => ({ headers: { 'X-A': 'a\nb' } })],
  ])('answers 500 with the reason when the handler %s', async (_, handler) => {
    const { service, endpoint } = await startService();
    service.route('GET', '/a', handler);
    const response = await fetch(`${endpoint}/a`);
    expect(response.status).toBe(500);
    expect(await response.text()).toContain('the handler of the route GET /a failed');
    expect(service.requestLog()[0]?.outcome).toBe('500');
  });

  test('serves other clients when one closes in the middle of its request', async () => {
    const { service, endpoint } = await startService();
    service.route('POST', '/a', () => ({}));
    const port = Number(new URL(endpoint).port);
    const socket = dial(port, '127.0.0.1');
    socket.write('POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf');
    await expect.poll(() => service.requestLog().length).toBe(1);
    socket.destroy();
    await expect.poll(() => service.requestLog()[0]?.outcome).toBe('closed');
    expect(await rawExchange(port, 'POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n')).toMatch(
      /^HTTP\/1.1 200/,
    );
  });

  test.each(['a', '', '/a?b', '/a#b', '/a b'])('refuses the path %j', async (path) => {
    const { service } = await startService();
    expect(() => service.route('POST', path, () => ({}))).toThrow(INVALID);
  });

  test('answers plain requests on the paths of links, which upgrades can still use', async () => {
    const { service, endpoint } = await startService({ pathPrefix: '/tirtc' });
    service.route('POST', '/v1/start', ({ body }) => ({ body: `heard ${body}` }));
    expect(await (await post(`${endpoint}/v1/start?a=1`, 'x')).text()).toBe('heard x');
    expect((await fetch(`${endpoint}/v1/start`)).status).toBe(426);
    expect((await post(`${endpoint}/v1/connect`, 'x')).status).toBe(426);
    await TestDevice.start(endpoint);
    expect(service.requestLog().map(({ link, outcome }) => [link, outcome])).toEqual([
      ['start', '200'],
      ['start', '426'],
      ['connect', '426'],
      ['start', 'started'],
    ]);
  });

  test('the first 426 of a client is an event that names the route to define', async () => {
    const { service, endpoint } = await startService();
    const refusals: unknown[] = [];
    service.on('requestRefused', (refusal) => refusals.push(refusal));
    for (let i = 0; i < 2; i++) await post(`${endpoint}/v1/connect`, '{}');
    await expect(
      WirePeer.open(`${endpoint.replace('http', 'ws')}/v1/start`, { subprotocols: ['chat'] }),
    ).rejects.toThrow('426');
    const detail =
      '/v1/connect is only for WebSockets with the subprotocol tirtc.v1; to answer plain requests, define a route for "POST /v1/connect"';
    expect(refusals).toEqual([{ address: '127.0.0.1', reason: 'not_a_link', detail }]);
  });

  test('refuses an invalid method', async () => {
    const { service } = await startService();
    expect(() => service.route('post', '/a', () => ({}))).toThrow(INVALID);
  });

  test('refuses a handler that is not a function', async () => {
    const { service } = await startService();
    expect(() => service.route('POST', '/a', { status: 200 } as never)).toThrow(INVALID);
  });
});
