import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Device, ServiceRequestError, type ServiceRequestOptions } from '../../lib/device/index.js';
import { TiRtcError } from '../../lib/errors/index.js';
import type { RouteRequest } from '../../lib/service/index.js';
import { makeCertificate } from '../support/certificates.js';
import { makeDevice, startService } from './support.js';

const PROGRAM = fileURLToPath(new URL('../../build/c/examples/c/service_request', import.meta.url));
const PATH = '/v1/foo';

/** The body of an answer, if there is one, and the error number, or 0. */
interface Outcome {
  readonly body: string;
  readonly number: number;
}

type Ask = (endpoint: string, path: string, json: string, token?: string) => Promise<Outcome>;

async function askFromC(endpoint: string, path: string, json: string, token?: string): Promise<Outcome> {
  const env = { TIRTC_ENDPOINT: endpoint, ...(token === undefined ? {} : { TIRTC_TOKEN: token }) };
  const child = spawn(PROGRAM, [path], { env, timeout: 20_000, killSignal: 'SIGKILL' });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  child.stdin.end(json);
  await once(child, 'close');
  const [, number = '0'] = /error (-\d+):/.exec(output.stderr) ?? [];
  return { body: output.stdout.replace(/\n$/, ''), number: Number(number) };
}

async function askFromNode(endpoint: string, path: string, json: string, token?: string): Promise<Outcome> {
  const device = makeDevice(endpoint);
  try {
    const body = await device.serviceRequest(path, json, token === undefined ? {} : { token });
    return { body, number: 0 };
  } catch (error) {
    if (!(error instanceof TiRtcError)) throw error;
    return { body: error instanceof ServiceRequestError ? error.body : '', number: error.number };
  }
}

const KINDS: readonly (readonly [name: string, ask: Ask])[] = [
  ['TiRtcServiceRequest() in C', askFromC],
  ['serviceRequest() of a Device', askFromNode],
];

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe.each(KINDS)('%s', (_, ask) => {
  it('a request reaches a route of the service, below its path prefix, without a start', async () => {
    const { service, endpoint } = await startService([], { pathPrefix: '/tirtc' });
    const asked: RouteRequest[] = [];
    service.route('POST', PATH, (request) => {
      asked.push(request);
      return { body: { heard: JSON.parse(request.body) } };
    });
    const answer = await ask(endpoint, `${PATH}?a=1`, '{"ü":[1,2]}', 'a.token');
    expect(answer).toEqual({ body: '{"heard":{"ü":[1,2]}}', number: 0 });
    expect(asked).toMatchObject([{ method: 'POST', path: PATH, body: '{"ü":[1,2]}', token: 'a.token' }]);
    expect(asked[0]?.headers['content-type']).toBe('application/json');
    expect(asked[0]?.query.get('a')).toBe('1');
  });

  it('a request without a token sends no credential', async () => {
    const { service, endpoint } = await startService([]);
    service.route('POST', PATH, ({ headers }) => ({ body: `${headers.authorization}` }));
    expect(await ask(endpoint, PATH, '{}')).toEqual({ body: 'undefined', number: 0 });
  });

  it.each([
    [201, 0],
    [299, 0],
    [400, -40015],
    [401, -40012],
    [403, -40012],
    [404, -40015],
    [500, -40012],
    [503, -40012],
  ])('status %i rejects with its error number, and with the body', async (status, number) => {
    const { service, endpoint } = await startService([]);
    service.route('POST', PATH, () => ({ status, body: 'the body' }));
    expect(await ask(endpoint, PATH, '{}')).toEqual({ body: 'the body', number });
  });

  it('the answer to an unknown route lists the routes', async () => {
    const { service, endpoint } = await startService([]);
    service.route('POST', PATH, () => ({}));
    const { body, number } = await ask(endpoint, '/v1/bar', '{}');
    expect(body).toContain('the defined routes are POST /v1/foo');
    expect(number).toBe(-40015);
  });

  it('a redirect is not followed', async () => {
    const { service, endpoint } = await startService([]);
    service.route('POST', PATH, () => ({ status: 307, headers: { Location: '/elsewhere' } }));
    expect((await ask(endpoint, PATH, '{}')).number).toBe(-40015);
    expect(service.requestLog().map(({ target }) => target)).toEqual([PATH]);
  });

  it('64 KiB are accepted in each direction, and one byte more is refused', async () => {
    const { service, endpoint } = await startService([]);
    service.route('POST', PATH, ({ body }) => ({ body }));
    service.route('POST', '/v1/more', ({ body }) => ({ body: `${body}x` }));
    const most = 'x'.repeat(65_536);
    expect(await ask(endpoint, PATH, most)).toEqual({ body: most, number: 0 });
    expect(await ask(endpoint, PATH, `${most}x`)).toEqual({ body: '', number: -40003 });
    expect((await ask(endpoint, '/v1/more', most)).number).toBe(-40010);
    expect(service.requestLog()).toHaveLength(2);
  });

  it.each(['v1/foo', '/v1 foo', '/v1/\n', ''])('the path %j is refused', async (path) => {
    expect((await ask('http://127.0.0.1:1', path, '{}')).number).toBe(-40003);
  });

  it('a token that cannot be sent in a header is refused', async () => {
    expect((await ask('http://127.0.0.1:1', PATH, '{}', 'a b')).number).toBe(-40003);
  });

  it('a missing server, a server that sends garbage and one that hangs up give different errors', async () => {
    const gone = createServer();
    const closed = await listen(gone);
    gone.close();
    expect((await ask(closed, PATH, '{}')).number).toBe(-11);
    const nonsense = await listen(createServer((socket) => void socket.on('error', () => {}).end('nonsense\r\n\r\n')));
    expect((await ask(nonsense, PATH, '{}')).number).toBe(-40015);
    const silent = await listen(createServer((socket) => void socket.once('data', () => socket.end())));
    expect((await ask(silent, PATH, '{}')).number).toBe(-4);
  });
});

describe('serviceRequest() of a Device', () => {
  async function hangingDevice() {
    const { service, endpoint } = await startService([]);
    service.route('POST', PATH, () => new Promise(() => {}));
    return { service, device: makeDevice(endpoint) };
  }

  function rejection(request: Promise<string>): Promise<unknown> {
    return request.then(
      () => undefined,
      (error: unknown) => error,
    );
  }

  it('serviceRequest() ends at its timeout and by its signal', async () => {
    const { service, device } = await hangingDevice();
    const timeout = rejection(device.serviceRequest(PATH, '{}', { timeoutMs: 20 }));
    expect(await timeout).toMatchObject({ code: 'TIMEOUTED', number: -40005 });
    const controller = new AbortController();
    const aborted = rejection(device.serviceRequest(PATH, '{}', { signal: controller.signal }));
    await expect.poll(() => service.requestLog().length).toBe(2);
    controller.abort(new Error('no more'));
    expect(await aborted).toMatchObject({ message: 'no more' });
  });

  it('serviceRequest() waits 10 s by default', async () => {
    const { service, endpoint } = await startService([]);
    service.route('POST', PATH, () => new Promise(() => {}));
    const delays: number[] = [];
    const timers: (() => void)[] = [];
    const clock = {
      nowMs: () => 0,
      startTimer: (delayMs: number, callback: () => void) => {
        delays.push(delayMs);
        timers.push(callback);
        return { cancel: () => {} };
      },
    };
    await using device = new Device({ endpoint }, clock);
    const request = rejection(device.serviceRequest(PATH, '{}'));
    await expect.poll(() => service.requestLog().length).toBe(1);
    for (const timer of timers) timer();
    expect(await request).toMatchObject({ code: 'TIMEOUTED', message: /no answer in 10000 ms/ });
    expect(delays).toEqual([10_000]);
  });

  it('the error has the status and the body, and never the token', async () => {
    const { service, endpoint } = await startService([]);
    service.route('POST', PATH, () => ({ status: 403, body: 'not you' }));
    const error = await rejection(makeDevice(endpoint).serviceRequest(PATH, '{}', { token: 'hunter2' }));
    expect(error).toMatchObject({ status: 403, body: 'not you', code: 'SERVER_ERROR', retryable: false });
    expect((error as Error).message).toMatch(/POST \/v1\/foo to 127\.0\.0\.1:\d+ was answered with HTTP 403/);
    expect((error as Error).message).not.toContain('hunter2');
  });

  it('the error explains what is wrong with a certificate, as a client does', async () => {
    const { key, cert } = makeCertificate({ subject: 'unknown', addresses: ['127.0.0.1'] });
    const { service, endpoint } = await startService([], { tls: { key, cert } });
    service.route('POST', PATH, () => ({}));
    const error = await rejection(makeDevice(endpoint).serviceRequest(PATH, '{}'));
    expect(error).toMatchObject({ code: 'HTTP_SSL', advice: expect.stringContaining('NODE_EXTRA_CA_CERTS') });
  });

  it('serviceRequest() works with every scheme of an endpoint, and not after close()', async () => {
    const { service, endpoint } = await startService([]);
    service.route('POST', PATH, () => ({ body: 'here' }));
    const device = makeDevice(`${endpoint.replace('http', 'ws')}/`);
    expect(await device.serviceRequest(PATH, '{}')).toBe('here');
    await device.close();
    expect(await rejection(device.serviceRequest(PATH, '{}'))).toMatchObject({ code: 'DEVICE_CLOSED' });
  });

  it.each<[string, unknown, ServiceRequestOptions]>([
    ['a body that is not a string', {}, {}],
    ['an unknown option', '{}', { timeout: 1 } as ServiceRequestOptions],
    ['a timeout of 0', '{}', { timeoutMs: 0 }],
    ['an empty token', '{}', { token: '' }],
  ])('%s is refused', async (_, json, options) => {
    const request = makeDevice('http://127.0.0.1:1').serviceRequest(PATH, json as string, options);
    expect(await rejection(request)).toMatchObject({ code: 'INVALID_PARAMETER', number: -40003 });
  });
});
