import { connect as dial } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { RawAnswer, RequestRefusal, RouteAnswer, RouteRequest } from '../../lib/service/index.js';
import { nextEvent, rawExchange, startService, TestDevice, WirePeer } from './support/index.js';

const INVALID = expect.objectContaining({ code: 'INVALID_PARAMETER' });

function post(url: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { method: 'POST', body, headers });
}

describe('route()', () => {
  test('gives the request to the handler, and its data in an envelope to the client', async () => {
    const { service, endpoint } = await startService({ pathPrefix: '/tirtc' });
    const asked: RouteRequest[] = [];
    service.route('POST', '/v1/foo', (request) => {
      asked.push(request);
      return Promise.resolve({ data: { heard: JSON.parse(request.body) } });
    });
    const response = await post(`${endpoint}/v1/foo?a=1&a=2`, '{"ü":1}', { Authorization: 'Bearer t.o.k' });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(await response.json()).toEqual({ code: 0, message: 'ok', data: { heard: { ü: 1 } } });
    expect(asked).toMatchObject([{ method: 'POST', path: '/v1/foo', token: 't.o.k', body: '{"ü":1}' }]);
    expect(asked[0]?.query.getAll('a')).toEqual(['1', '2']);
    expect(service.requestLog()).toMatchObject([{ link: 'none', method: 'POST', outcome: '200', explanation: '' }]);
    expect(JSON.stringify(service.requestLog())).not.toContain('t.o.k');
  });

  test.each<[RouteAnswer, number, string]>([
    [{}, 200, '{"code":0,"message":"ok"}'],
    [{ data: null }, 200, '{"code":0,"message":"ok","data":null}'],
    [{ code: 200, message: 'fine', data: 'x' }, 200, '{"code":200,"message":"fine","data":"x"}'],
    [{ code: 1001, message: 'no room' }, 200, '{"code":1001,"message":"no room"}'],
    [{ code: 1001 }, 200, '{"code":1001,"message":"error"}'],
    [{ status: 201, data: 1 }, 201, '{"code":0,"message":"ok","data":1}'],
    [{ status: 403, message: 'not you' }, 403, '{"code":403,"message":"not you"}'],
    [{ status: 404 }, 404, '{"code":404,"message":"Not Found"}'],
    [{ status: 500, code: 1001, data: [] }, 500, '{"code":1001,"message":"error","data":[]}'],
    [{ raw: {} }, 200, ''],
    [{ raw: { status: 418, body: 'plain' } }, 418, 'plain'],
    [{ raw: { body: { a: 1 } } }, 200, '{"a":1}'],
  ])('the answer %j is sent as HTTP %i %j', async (answer, status, body) => {
    const { service, endpoint } = await startService();
    service.route('GET', '/a', () => answer);
    const response = await fetch(`${endpoint}/a`);
    expect([response.status, await response.text()]).toEqual([status, body]);
  });

  test('a raw answer has the headers that it gives, and text or JSON as its type', async () => {
    const { service, endpoint } = await startService();
    const typeOf = async (raw: RawAnswer) => {
      service.route('GET', '/a', () => ({ raw }));
      return (await fetch(`${endpoint}/a`)).headers;
    };
    expect((await typeOf({ body: 'text' })).get('content-type')).toBe('text/plain; charset=utf-8');
    expect((await typeOf({ body: [] })).get('content-type')).toBe('application/json');
    const own = await typeOf({ headers: { 'Content-Type': 'a/b', 'X-Own': 'yes' }, body: 'c' });
    expect([own.get('content-type'), own.get('x-own')]).toEqual(['a/b', 'yes']);
  });

  test('replaces and removes a handler', async () => {
    const { service, endpoint } = await startService();
    for (const body of ['first', 'second']) {
      service.route('GET', '/a', () => ({ raw: { body } }));
      expect(await (await fetch(`${endpoint}/a`)).text()).toBe(body);
    }
    service.route('GET', '/a', undefined);
    expect((await fetch(`${endpoint}/a`)).status).toBe(404);
  });

  test('lists the defined routes in the answer to a request for another path', async () => {
    const { service, endpoint } = await startService();
    const refusals: RequestRefusal[] = [];
    service.on('requestRefused', (refusal) => refusals.push(refusal));
    expect(await (await post(`${endpoint}/v1/bar?key=secret`, '')).text()).toContain('define one with service.route()');
    service.route('POST', '/v1/foo', () => ({}));
    const missing = await post(`${endpoint}/v1/bar`, '');
    expect(missing.status).toBe(404);
    expect(await missing.text()).toMatch(/a link is one of \/v1\/start.*defined routes are POST \/v1\/foo\n$/);
    expect(await (await fetch(`${endpoint}/v1/foo`)).text()).toMatch(/are POST \/v1\/foo\n$/);
    expect(service.requestLog().map(({ outcome }) => outcome)).toEqual(['404', '404', '404']);
    expect(refusals).toEqual([
      expect.objectContaining({
        reason: 'no_route',
        detail: expect.stringMatching(/^POST "\/v1\/bar": .*service\.route/),
      }),
    ]);
  });

  test('accepts a body of 64 KiB, and answers a larger one with 413', async () => {
    const { service, endpoint } = await startService();
    service.route('POST', '/size', ({ body }) => ({ raw: { body: String(body.length) } }));
    expect(await (await post(`${endpoint}/size`, 'x'.repeat(65_536))).text()).toBe('65536');
    expect((await post(`${endpoint}/size`, 'x'.repeat(65_537))).status).toBe(413);
  });

  test.each<[unknown, string]>([
    [undefined, 'the answer of the route GET /a is undefined'],
    ['text', 'give an object, as in { data:'],
    [[1], 'the answer of the route GET /a is an array'],
    [{ dat: 1 }, 'did you mean "data"?'],
    [
      { json: {} },
      'the answer of the route GET /a has no "json" (INVALID_PARAMETER, -40003): give { data }, or { raw:',
    ],
    [{ status: 201, body: 'x' }, 'the answer of the route GET /a has no "body"'],
    [{ raw: {}, data: 1 }, 'raw is the whole answer'],
    [{ raw: { boddy: 1 } }, 'did you mean "body"?'],
    [{ raw: 'text' }, 'raw of the answer of the route GET /a is "text"'],
    [{ raw: { status: 42 } }, 'the status of raw of the answer of the route GET /a is 42'],
    [{ status: '200' }, 'the status of the answer of the route GET /a is "200"'],
    [{ status: 600 }, 'use an integer from 200 to 599'],
    [{ code: 404 }, 'or the member status for an HTTP status'],
    [{ code: 1000.5 }, 'the code of the answer of the route GET /a is 1000.5'],
    [{ message: 7 }, 'the message of the answer of the route GET /a is 7'],
    [{ data: 1n }, 'BigInt'],
    [
      { raw: { headers: { 'X-A': 'a\nb' } } },
      'the header "X-A" of raw of the answer of the route GET /a has an invalid value',
    ],
    [
      { raw: { headers: { 'X A': 'a' } } },
      'the header "X A" of raw of the answer of the route GET /a has an invalid name',
    ],
    [{ raw: { headers: { 'X-A': 1 } } }, 'the header "X-A" of raw of the answer of the route GET /a is 1'],
    [{ raw: { headers: ['X-A'] } }, 'headers of raw of the answer of the route GET /a is an array'],
  ])('answers 500 with the reason when the handler returns %o', async (answer, reason) => {
    const { service, endpoint } = await startService();
    const failed = nextEvent(service, 'error');
    service.route('GET', '/a', () => answer as RouteAnswer);
    const response = await fetch(`${endpoint}/a`);
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(text).toContain('the handler of the route GET /a failed');
    expect(text).toContain(reason);
    expect(service.requestLog()[0]?.explanation).toContain(reason);
    expect(String(await failed)).toContain(reason);
  });

  test('answers 500 with the reason when the handler throws', async () => {
    const { service, endpoint } = await startService();
    const failed = nextEvent(service, 'error');
    service.route('GET', '/a', () => Promise.reject(new Error('no such thing')));
    const response = await fetch(`${endpoint}/a`);
    expect(response.status).toBe(500);
    expect(await response.text()).toContain('the handler of the route GET /a failed: Error: no such thing');
    expect(await failed).toMatchObject({ message: 'no such thing' });
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
    service.route('POST', '/v1/start', ({ body }) => ({ raw: { body: `heard ${body}` } }));
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

  test('the first 426 of a client is an event that says what to do', async () => {
    const { service, endpoint } = await startService();
    const refusals: unknown[] = [];
    service.on('requestRefused', (refusal) => refusals.push(refusal));
    for (let i = 0; i < 2; i++) await post(`${endpoint}/v1/connect`, '{}');
    await expect(
      WirePeer.open(`${endpoint.replace('http', 'ws')}/v1/start`, { subprotocols: ['chat'] }),
    ).rejects.toThrow('426');
    const detail =
      'POST "/v1/connect": this path is only for WebSockets with the subprotocol tirtc.v1; to answer plain requests, define a route';
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
