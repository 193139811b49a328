import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import {
  Client,
  type ClientConnection,
  type ClientOptions,
  type ConnectOptions,
  connect,
} from '../../lib/client/index.js';
import { BYE_REASONS, type ByeName, ErrorCode, TiRtcError } from '../../lib/errors/index.js';
import { base64UrlEncode, encodeBye, encodeCommand, encodeControl } from '../../lib/wire/index.js';
import { FakeClock } from '../support/fake_clock.js';
import { rawServer, readyMessage, type ScriptedLink, scriptedService } from '../support/scripted_service.js';

const TOKEN = 'v1.payload.signature';
const target = { remoteId: 'device-1', token: TOKEN };
const ready = (link: ScriptedLink): void => link.send(readyMessage());

async function failureOf(promise: Promise<unknown>): Promise<TiRtcError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof TiRtcError)) throw new Error(`a TiRtcError was expected, not ${error}`);
  expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toContain(TOKEN);
  return error;
}

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('connect', () => {
  test('connect() sends the token as a bearer and percent-encoded ids, and resolves at ready', async () => {
    const service = await scriptedService(ready);
    const connection = await connect({
      endpoint: `${service.endpoint}/a/`,
      remoteId: 'device://dev/1 ü',
      token: TOKEN,
      appId: 'my app',
    });
    expect(connection).toMatchObject({ remoteId: 'dev/1 ü', state: 'open', ticket: undefined });
    const request = service.links[0]?.request;
    expect(request?.url).toBe('/a/v1/connect?peer_id=dev%2F1%20%C3%BC');
    expect(request?.headers).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      'sec-websocket-protocol': 'tirtc.v1',
      'x-tg-app-id': 'my%20app',
    });
    expect(request?.headers['sec-websocket-extensions']).toBeUndefined();
    await connection.close();
    expect(await service.links[0]?.closed).toBe(1000);
  });

  test('a connection has its ticket, with which a later connect succeeds', async () => {
    const ticket = new Uint8Array(32).fill(7);
    const service = await scriptedService((link) => link.send(readyMessage({}, ticket)));
    const first = await connect({ endpoint: service.endpoint, ...target });
    expect(first.ticket).toEqual({ value: base64UrlEncode(ticket), lifetimeSeconds: 3600 });
    const second = await connect({
      endpoint: service.endpoint,
      remoteId: 'device-1',
      ticket: first.ticket?.value ?? '',
    });
    expect(service.links[1]?.request.headers.authorization).toBe(`Ticket ${base64UrlEncode(ticket)}`);
    await Promise.all([first.close(), second.close()]);
  });

  test('messages in the same packet as ready are not lost', async () => {
    const service = await scriptedService((link) => {
      link.send(readyMessage(), encodeCommand(0x18002, Uint8Array.of(1)), encodeCommand(0x18002, Uint8Array.of(2)));
      link.send(encodeBye('peer_closed'));
    });
    const connection = await connect({ endpoint: service.endpoint, ...target });
    const received: number[] = [];
    connection.on('command', (command) => received.push(command.data[0] ?? -1));
    const error = await new Promise((resolve) => connection.on('closed', resolve));
    expect(received).toEqual([1, 2]);
    expect(error).toMatchObject({ code: 'PEER_CLOSED', number: ErrorCode.CONN_REMOTECLOSE });
  });

  test('over a browser WebSocket, the credential is sent as a subprotocol', async () => {
    const service = await scriptedService(ready);
    const { WebSocket } = await import('ws');
    for (const connectWith of [connect, (await import('../../lib/client/browser.js')).connect]) {
      const connection = await connectWith({ endpoint: service.endpoint, ...target, WebSocket });
      const headers = service.links.at(-1)?.request.headers;
      expect(headers?.['sec-websocket-protocol']).toBe(`tirtc.v1,tirtc.bearer.${TOKEN}`);
      expect(headers?.authorization).toBeUndefined();
      await connection.close();
    }
  });
});

describe('a failed connect', () => {
  test.each(Object.entries(BYE_REASONS) as [ByeName, number][])(
    'connect() rejects with the error of bye(%s)',
    async (name) => {
      const service = await scriptedService((link) => link.send(encodeBye(name, 'words of the service')));
      const error = await failureOf(connect({ endpoint: service.endpoint, ...target }));
      expect(error.code).toBe(name.toUpperCase());
      expect(error.message).toContain('words of the service');
      expect(await service.links[0]?.closed).toBe(1000);
    },
  );

  test.each([
    ['302 Found\r\nLocation: http://login.example/x', 'ACCESS_HIJACKING', ErrorCode.UNEXPECTED_RESPONSE],
    ['401 Unauthorized', 'SERVER_ERROR', ErrorCode.SERVER_ERROR],
    ['403 Forbidden', 'SERVER_ERROR', ErrorCode.SERVER_ERROR],
    ['404 Not Found', 'UNEXPECTED_RESPONSE', ErrorCode.UNEXPECTED_RESPONSE],
    ['200 OK', 'UNEXPECTED_RESPONSE', ErrorCode.UNEXPECTED_RESPONSE],
    ['500 Internal Server Error', 'SERVER_ERROR', ErrorCode.SERVER_ERROR],
    ['503 Service Unavailable', 'SERVER_ERROR', ErrorCode.SERVER_ERROR],
  ])('connect() rejects with the error of HTTP %s', async (status, code, number) => {
    const endpoint = await rawServer(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`);
    const error = await failureOf(connect({ endpoint, ...target }));
    expect(error).toMatchObject({ code, number });
    if (status.startsWith('302')) expect(error.message).toContain('http://login.example/x');
  });

  test.each([
    ['garbage', 'this is not HTTP\r\n\r\n', ErrorCode.UNEXPECTED_RESPONSE],
    ['a closed connection', '', ErrorCode.SERVER_ERROR],
    [
      'an upgrade without the accept text',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
      ErrorCode.UNEXPECTED_RESPONSE,
    ],
  ])('connect() rejects on %s instead of an answer', async (_, answer, number) => {
    const error = await failureOf(connect({ endpoint: await rawServer(answer), ...target }));
    expect(error.number).toBe(number);
  });

  test.each([
    ['an empty message', (link: ScriptedLink) => link.send(new Uint8Array(0))],
    ['a command', (link: ScriptedLink) => link.send(encodeCommand(0x18002, new Uint8Array(0)))],
    ['a challenge', (link: ScriptedLink) => link.send(encodeControl({ type: 'challenge', nonce: new Uint8Array(32) }))],
    ['a ready cut short', (link: ScriptedLink) => link.send(readyMessage().subarray(0, 10))],
    ['a text message', (link: ScriptedLink) => link.socket.send('ready')],
  ])('connect() rejects on %s before ready', async (_, speak) => {
    const service = await scriptedService(speak);
    const error = await failureOf(connect({ endpoint: service.endpoint, ...target }));
    expect(error.number).toBe(ErrorCode.UNEXPECTED_RESPONSE);
    expect(await service.links[0]?.closed).toBe(1002);
  });

  test('connect() rejects when the service closes before ready', async () => {
    const service = await scriptedService((link) => link.socket.close(1001));
    const error = await failureOf(connect({ endpoint: service.endpoint, ...target }));
    expect(error.number).toBe(ErrorCode.SERVER_ERROR);
  });

  test('connect() rejects when another subprotocol, or none, is selected', async () => {
    const service = await scriptedService(ready, false);
    const error = await failureOf(connect({ endpoint: service.endpoint, ...target }));
    expect(error.number).toBe(ErrorCode.UNEXPECTED_RESPONSE);
  });

  test('connect() rejects when nothing listens or the name does not exist', async () => {
    const refused = await failureOf(connect({ endpoint: `http://127.0.0.1:${await closedPort()}`, ...target }));
    expect(refused).toMatchObject({ number: ErrorCode.HTTP_SERVER_DOWN, retryable: true });
    const unknown = await failureOf(connect({ endpoint: 'http://does-not-exist.invalid', ...target }));
    expect(unknown.number).toBe(ErrorCode.HTTP_RESOLVE);
  });

  test('connect() rejects when a plain server receives TLS', async () => {
    const service = await scriptedService(ready);
    const error = await failureOf(connect({ endpoint: service.endpoint.replace('http', 'https'), ...target }));
    expect(error.number).toBe(ErrorCode.HTTP_SSL);
  });

  test('connect() rejects at its timeout before the upgrade or ready, and drops the link', async () => {
    const silent = await failureOf(connect({ endpoint: await rawServer(undefined), ...target, timeoutMs: 50 }));
    expect(silent.number).toBe(ErrorCode.TIMEOUTED);
    const service = await scriptedService(() => {});
    const mute = await failureOf(connect({ endpoint: service.endpoint, ...target, timeoutMs: 200 }));
    expect(mute.number).toBe(ErrorCode.TIMEOUTED);
    expect(await service.links[0]?.closed).toBe(1006);
  });

  test('connect() rejects with the reason of its signal, before and during the attempt', async () => {
    const endpoint = await rawServer(undefined);
    const abort = new AbortController();
    const attempt = connect({ endpoint, ...target, signal: abort.signal });
    abort.abort(new Error('not any more'));
    await expect(attempt).rejects.toThrow('not any more');
    await expect(connect({ endpoint, ...target, signal: abort.signal })).rejects.toThrow('not any more');
  });
});

describe('connect() refuses invalid options at once:', () => {
  const endpoint = 'http://127.0.0.1:1';
  test.each([
    ['no endpoint', { ...target, endpoint: '' }, ErrorCode.INVALID_PARAMETER, /such as http:\/\/127\.0\.0\.1:8080/],
    ['an endpoint that is a number', { ...target, endpoint: 5 as never }, ErrorCode.INVALID_PARAMETER, /endpoint is 5/],
    ['another scheme', { ...target, endpoint: 'ftp://h' }, ErrorCode.INVALID_PARAMETER, /scheme/],
    ['a host no URL has', { ...target, endpoint: 'http://[::1.2]' }, ErrorCode.INVALID_PARAMETER, /endpoint/],
    ['no remote id', { endpoint, remoteId: 'device://', token: TOKEN }, ErrorCode.INVALID_PARAMETER, /remoteId/],
    ['no credential', { endpoint, remoteId: 'd' }, ErrorCode.CACHE_EXPIRED, /fresh token/],
    ['two credentials', { endpoint, ...target, ticket: 'x' }, ErrorCode.INVALID_PARAMETER, /pass only one of them/],
    [
      'a token with a line break',
      { endpoint, remoteId: 'd', token: 'a\r\nb' },
      ErrorCode.SERVER_ERROR,
      /not a v1 token/,
    ],
    ['a small buffer', { endpoint, ...target, maxSendBufferBytes: 16_383 }, ErrorCode.INVALID_PARAMETER, /16384/],
    ['no time', { endpoint, ...target, timeoutMs: 0 }, ErrorCode.INVALID_PARAMETER, /timeoutMs/],
    ['a strange client id', { endpoint, ...target, clientId: 'é' }, ErrorCode.INVALID_PARAMETER, /clientId/],
    [
      'no WebSocket class',
      { endpoint, ...target, WebSocket: 5 },
      ErrorCode.INVALID_PARAMETER,
      /WebSocket must be a class/,
    ],
    ['no clock', { endpoint, ...target, clock: 5 }, ErrorCode.INVALID_PARAMETER, /clock must be an object/],
    ['half a clock', { endpoint, ...target, clock: { nowMs() {} } }, ErrorCode.INVALID_PARAMETER, /startTimer/],
    ['a misspelt option', { endpoint, ...target, timeout: 5 }, ErrorCode.INVALID_PARAMETER, /did you mean "timeoutMs"/],
  ])('%s', async (_, options, number, message) => {
    const error = await failureOf(connect(options as unknown as ConnectOptions));
    expect(error.number).toBe(number);
    expect(error.message).toMatch(message);
  });
});

test('a timeout under the name of another call is refused, with the names that the call has', async () => {
  const endpoint = 'http://127.0.0.1:1';
  const options = { endpoint, ...target, connectTimeoutMs: 5 } as ConnectOptions;
  expect((await failureOf(connect(options))).message).toMatch(/no "connectTimeoutMs".*timeoutMs/);
  expect(() => new Client({ endpoint, timeoutMs: 5 } as ClientOptions)).toThrow(/no "timeoutMs".*connectTimeoutMs/);
});

describe('a Client', () => {
  test('a Client reconnects with its ticket until the service refuses the ticket or it expires', async () => {
    const clock = new FakeClock();
    let isTicketGood = true;
    const service = await scriptedService((link) => {
      const isTicket = link.request.headers.authorization?.startsWith('Ticket ') === true;
      link.send(isTicket && !isTicketGood ? encodeBye('ticket') : readyMessage({}, new Uint8Array(32).fill(1)));
    });
    const client = new Client({ endpoint: service.endpoint, clock });
    expect((await failureOf(client.connect({ remoteId: 'd1' }))).number).toBe(ErrorCode.CACHE_EXPIRED);
    await client.connect({ remoteId: 'device://d1', token: TOKEN });
    await client.connect({ remoteId: 'd1' });
    expect(service.links.map((link) => link.request.headers.authorization?.split(' ')[0])).toEqual([
      'Bearer',
      'Ticket',
    ]);

    isTicketGood = false;
    expect((await failureOf(client.connect({ remoteId: 'd1' }))).code).toBe('TICKET');
    expect((await failureOf(client.connect({ remoteId: 'd1' }))).code).toBe('CACHE_EXPIRED');
    expect(service.links).toHaveLength(3);

    await client.connect({ remoteId: 'd1', token: TOKEN });
    clock.advance(3_600_000);
    expect((await failureOf(client.connect({ remoteId: 'd1' }))).code).toBe('CACHE_EXPIRED');
    expect(service.links).toHaveLength(4);
  });

  test('a Client keeps 16 tickets and drops the oldest', async () => {
    const service = await scriptedService((link) => link.send(readyMessage({}, new Uint8Array(32))));
    const client = new Client({ endpoint: service.endpoint });
    const open: ClientConnection[] = [];
    for (let i = 0; i < 17; i++) open.push(await client.connect({ remoteId: `d${i}`, token: TOKEN }));
    expect((await failureOf(client.connect({ remoteId: 'd0' }))).code).toBe('CACHE_EXPIRED');
    open.push(await client.connect({ remoteId: 'd1' }));
    await Promise.all(open.map((connection) => connection.close()));
  });
});
