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

/** The data of an answer as JSON, if there is any, and what TiRtcServiceRequest() returns. */
interface Outcome {
  readonly data: string;
  readonly number: number;
}

type Ask = (endpoint: string, path: string, json: string | undefined, token?: string) => Promise<Outcome>;

async function askFromC(endpoint: string, path: string, json: string | undefined, token?: string): Promise<Outcome> {
  const env = { TIRTC_ENDPOINT: endpoint, ...(token === undefined ? {} : { TIRTC_TOKEN: token }) };
  const args = json === undefined ? ['--get', path] : [path];
  const child = spawn(PROGRAM, args, { env, timeout: 20_000, killSignal: 'SIGKILL' });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  child.stdin.on('error', () => {}).end(json);
  await once(child, 'close');
  const [, number = '0'] =
    /^the request (?:failed, error|was refused, HTTP status|was refused, code) (-?\d+)/m.exec(output.stderr) ?? [];
  return { data: output.stdout.replace(/\n$/, ''), number: Number(number) };
}

async function askFromNode(endpoint: string, path: string, json: string | undefined, token?: string): Promise<Outcome> {
  const device = makeDevice(endpoint);
  try {
    const data = await device.serviceRequest(path, json, token === undefined ? {} : { token });
    return { data: data === undefined || data === null ? '' : JSON.stringify(data), number: 0 };
  } catch (error) {
    if (!(error instanceof TiRtcError)) throw error;
    return { data: '', number: error.number };
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
  /** Returns the outcome of a POST that is answered with this status and this text. */
  async function outcomeOf(status: number, body: string): Promise<Outcome> {
    const { service, endpoint } = await startService([]);
    service.route('POST', PATH, () => ({ raw: { status, body } }));
    return await ask(endpoint, PATH, '{}');
  }

  /** Returns the result for a peer that answers with these bytes, and then ends the connection or keeps it. */
  async function outcomeOfBytes(bytes: Buffer, ends = true): Promise<number> {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => (ends ? socket.end(bytes) : socket.write(bytes)));
    });
    return (await ask(await listen(server), PATH, '{}')).number;
  }

  it('a request reaches a route of the service, below its path prefix, without a start', async () => {
    const { service, endpoint } = await startService([], { pathPrefix: '/tirtc' });
    const asked: RouteRequest[] = [];
    service.route('POST', PATH, (request) => {
      asked.push(request);
      return { data: { heard: JSON.parse(request.body) } };
    });
    const answer = await ask(endpoint, `${PATH}?a=1`, '{"ü":[1,2]}', 'a.token');
    expect(answer).toEqual({ data: '{"heard":{"ü":[1,2]}}', number: 0 });
    expect(asked).toMatchObject([{ method: 'POST', path: PATH, body: '{"ü":[1,2]}', token: 'a.token' }]);
    expect(asked[0]?.headers['content-type']).toBe('application/json');
    expect(asked[0]?.query.get('a')).toBe('1');
  });

  it('a request without JSON is a GET without a body, and an empty text is a POST', async () => {
    const { service, endpoint } = await startService([]);
    service.route('GET', PATH, ({ headers }) => ({ data: [headers['content-type'] ?? 'no type'] }));
    service.route('POST', PATH, ({ body }) => ({ data: ['POST', body] }));
    expect(await ask(endpoint, PATH, undefined)).toEqual({ data: '["no type"]', number: 0 });
    expect(await ask(endpoint, PATH, '')).toEqual({ data: '["POST",""]', number: 0 });
  });

  it('a request without a token sends no credential', async () => {
    const { service, endpoint } = await startService([]);
    service.route('POST', PATH, ({ headers }) => ({ data: [headers.authorization ?? 'none'] }));
    expect(await ask(endpoint, PATH, '{}')).toEqual({ data: '["none"]', number: 0 });
  });

  it.each([300, 302, 304, 307, 400, 401, 403, 404, 429, 500, 503, 599])(
    'the status %i is the result, without data',
    async (status) => {
      expect(await outcomeOf(status, '{"code":0,"message":"ok","data":{"k":1}}')).toEqual({ data: '', number: status });
    },
  );

  it.each([
    ['{"code":0,"message":"ok","data":{"k":1}}', 0, '{"k":1}'],
    ['{"code":200,"message":"ok","data":[1,"a",null]}', 0, '[1,"a",null]'],
    [' { "data" : "text" , "code" : 0 } ', 0, '"text"'],
    ['{"code":0,"data":0}', 0, '0'],
    ['{"code":0,"data":false}', 0, 'false'],
    ['{"code":0,"message":"ok"}', 0, ''],
    ['{"code":0,"message":"ok","data":null}', 0, ''],
    ['{"code":600,"message":"bad"}', 600, ''],
    ['{"code":1001,"message":"bad","data":{"k":1}}', 1001, ''],
    ['{"code":1001}', 1001, ''],
    ['{"code":1001,"message":{"no":"text"}}', 1001, ''],
    ['{"code":2147483647}', 2_147_483_647, ''],
    ['{"code":2147483648}', -40015, ''],
    ['{"code":1,"data":1}', -40015, ''],
    ['{"code":404,"data":1}', -40015, ''],
    ['{"code":599,"data":1}', -40015, ''],
    ['{"code":-1,"data":1}', -40015, ''],
    ['{"code":1000.5,"data":1}', -40015, ''],
    ['{"code":"0","data":1}', -40015, ''],
    ['{"code":null,"data":1}', -40015, ''],
    ['{"message":"ok","data":1}', -40015, ''],
    ['[{"code":0}]', -40015, ''],
    ['null', -40015, ''],
    ['hello', -40015, ''],
    ['', -40015, ''],
    ['{"code":0,"data":1', -40015, ''],
    ['{"code":0,"data":{"code":1001}}', 0, '{"code":1001}'],
    ['{"code":"code","x":"\\"code\\":0","data":1}', -40015, ''],
    ['{"code":0.0,"data":1}', -40015, ''],
    ['{"code":-0,"data":1}', -40015, ''],
    ['{"code":1e3}', -40015, ''],
    ['{"code":1001.0}', -40015, ''],
    ['{"code":1001,"code":0,"data":1}', 0, '1'],
    ['{"code":0,"code":1001,"data":1}', 1001, ''],
    ['\ufeff{"code":0,"data":1}', -40015, ''],
  ])('the answer %j results in %i and the data %j', async (body, number, data) => {
    expect(await outcomeOf(200, body)).toEqual({ data, number });
  });

  it('an answer that is not UTF-8 is refused', async () => {
    for (const bytes of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82]]) {
      const body = Buffer.concat([Buffer.from('{"code":0,"data":"'), Buffer.from(bytes), Buffer.from('"}')]);
      expect(await outcomeOfBytes(Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), body]))).toBe(-40015);
    }
  });

  it.each([
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
    'HTTP/1.1 099 x\r\nContent-Length: 19\r\n\r\n{"code":0,"data":1}',
    'SSH-2.0-OpenSSH_9.2\r\n',
    'HTTP/2 200 OK\r\n\r\n',
  ])('a peer that answers %j and keeps the connection is not a service', async (answer) => {
    expect(await outcomeOfBytes(Buffer.from(answer), false)).toBe(-40015);
  });

  it('every status of 2xx needs the envelope', async () => {
    expect(await outcomeOf(201, '{"code":0,"data":1}')).toEqual({ data: '1', number: 0 });
    expect(await outcomeOf(204, '')).toEqual({ data: '', number: -40015 });
  });

  it('an answer may be nested 32 levels deep, the envelope included', async () => {
    const nested = (levels: number) => `${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}`;
    expect(await outcomeOf(200, `{"code":0,"data":${nested(32)}}`)).toEqual({ data: nested(32), number: 0 });
    expect((await outcomeOf(200, `{"code":0,"data":${nested(33)}}`)).number).toBe(-40015);
    expect((await outcomeOf(200, `{"code":0,"data":${nested(30_000)}}`)).number).toBe(-40015);
  });

  it('a redirect is not followed', async () => {
    const { service, endpoint } = await startService([]);
    const headers = { Location: '/elsewhere' };
    service.route('POST', PATH, () => ({ raw: { status: 307, headers } }));
    expect(await ask(endpoint, PATH, '{}', 'a.token')).toEqual({ data: '', number: 307 });
    expect(service.requestLog().map(({ target }) => target)).toEqual([PATH]);
  });

  it('64 KiB are accepted in each direction, and one byte more is refused', async () => {
    const { service, endpoint } = await startService([]);
    service.route('POST', PATH, ({ body }) => ({ data: body.length }));
    const envelope = '{"code":0,"data":""}';
    const answer = (size: number) => ({
      raw: { body: envelope.replace('""', `"${'x'.repeat(size - envelope.length)}"`) },
    });
    service.route('POST', '/most', () => answer(65_536));
    service.route('POST', '/more', () => answer(65_537));
    const most = 'x'.repeat(65_536);
    expect(await ask(endpoint, PATH, most)).toEqual({ data: '65536', number: 0 });
    expect(await ask(endpoint, PATH, `${most}x`)).toEqual({ data: '', number: -40003 });
    expect((await ask(endpoint, '/most', '{}')).data).toHaveLength(65_536 - envelope.length + 2);
    expect((await ask(endpoint, '/more', '{}')).number).toBe(-40010);
    expect(service.requestLog()).toHaveLength(3);
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

  function rejection(request: Promise<unknown>): Promise<unknown> {
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
    service.route('POST', PATH, () => ({ raw: { status: 403, body: 'not you' } }));
    const error = await rejection(makeDevice(endpoint).serviceRequest(PATH, '{}', { token: 'hunter2' }));
    expect(error).toBeInstanceOf(ServiceRequestError);
    expect(error).toMatchObject({ status: 403, number: 403, body: 'not you', code: 'HTTP_STATUS', retryable: false });
    expect((error as Error).message).toMatch(/POST \/v1\/foo to 127\.0\.0\.1:\d+ was answered with HTTP 403/);
    expect((error as Error).message).not.toContain('hunter2');
  });

  it('the error has the code and the message of the platform, without the token', async () => {
    const { service, endpoint } = await startService([]);
    service.route('GET', PATH, ({ token }) => ({ code: 1001, message: `no room\nfor ${token}${'!'.repeat(999)}` }));
    const error = await rejection(makeDevice(endpoint).serviceRequest(PATH, null, { token: 'hunter2' }));
    expect(error).toBeInstanceOf(ServiceRequestError);
    expect(error).toMatchObject({ status: 200, number: 1001, code: 'PLATFORM_CODE', retryable: false });
    expect((error as Error).message).toMatch(
      /GET \/v1\/foo to \S+ was answered with code 1001 \("no room\\nfor …!+"\)/,
    );
    expect((error as Error).message.length).toBeLessThan(500);
  });

  it('the error of a redirect says where it leads, and that of another answer what is expected', async () => {
    const { service, endpoint } = await startService([]);
    service.route('GET', '/login', () => ({ raw: { status: 302, headers: { Location: 'http://portal/login' } } }));
    service.route('GET', '/page', () => ({ raw: { body: '<html>' } }));
    const device = makeDevice(endpoint);
    const redirect = await rejection(device.serviceRequest('/login'));
    expect(redirect).toMatchObject({ status: 302, number: 302, code: 'ACCESS_HIJACKING' });
    expect((redirect as Error).message).toContain('redirects to http://portal/login');
    const page = await rejection(device.serviceRequest('/page'));
    expect(page).toMatchObject({ code: 'UNEXPECTED_RESPONSE', number: -40015 });
    expect((page as Error).message).toContain('the service must answer {"code": 0, "message": "ok", "data": …}');
  });

  it('the promise resolves with the parsed data, or with undefined', async () => {
    const { service, endpoint } = await startService([]);
    service.route('GET', '/some', () => ({ data: { list: [1, { a: null }] } }));
    service.route('GET', '/none', () => ({}));
    service.route('GET', '/null', () => ({ data: null }));
    const device = makeDevice(endpoint);
    expect(await device.serviceRequest('/some')).toEqual({ list: [1, { a: null }] });
    expect(await device.serviceRequest('/none')).toBeUndefined();
    expect(await device.serviceRequest('/null')).toBeNull();
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
    service.route('POST', PATH, () => ({ data: 'here' }));
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
