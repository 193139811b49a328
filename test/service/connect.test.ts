import { describe, expect, test } from 'vitest';
import { signConnectToken } from '../../lib/token/index.js';
import { FakeClock } from '../support/fake_clock.js';
import {
  ACCESS_ID,
  connect,
  connectByTicket,
  connectedPair,
  connectUrl,
  DEVICE_SECRET,
  nextEvent,
  SECRET_KEY,
  startService,
  TestDevice,
  token,
  WirePeer,
} from './support/index.js';

const now = () => Math.floor(Date.now() / 1000);

describe('a client with a token', () => {
  test('is connected when the device accepts', async () => {
    const { service, endpoint } = await startService({ keepAliveMs: 4100, silenceMs: 12_100, maxMessageBytes: 5000 });
    const opened = nextEvent(service, 'connectionOpened');
    const { incoming, clientReady, deviceReady } = await connectedPair(endpoint);
    expect(incoming.subject).toBe('user-1');
    const limits = { keepAliveMs: 4100, silenceMs: 12_100, maxMessageBytes: 5000 };
    expect(clientReady).toMatchObject({ ...limits, ticketLifetimeSeconds: 3600 });
    expect(clientReady.ticket).toHaveLength(32);
    expect(deviceReady).toEqual({ type: 'ready', ...limits, ticketLifetimeSeconds: 0 });
    const info = { connection: incoming.connection, deviceId: 'camera-1', issuer: 'ak', subject: 'user-1' };
    expect(await opened).toEqual({ ...info, credential: 'token' });
    expect(service.connections()).toHaveLength(1);
    expect(service.requestLog().map(({ outcome }) => outcome)).toEqual(['started', 'ready', 'ready']);
  });

  test.each([
    ['both', 3000, 200, { clientTold: 200, deviceTold: 3000 }],
    ['the device alone', undefined, 200, { clientTold: 200, deviceTold: 5000 }],
    ['both, more than the service itself', 9000, 4294967295, { clientTold: 5000, deviceTold: 5000 }],
  ])('receives the limit of the other end when a limit was sent by %s', async (_, client, device, told) => {
    const { endpoint } = await startService({ maxMessageBytes: 5000 });
    const says = (bytes: number | undefined): Record<string, string> =>
      bytes === undefined ? {} : { 'X-Tg-Max-Message-Bytes': String(bytes) };
    const online = await TestDevice.start(endpoint);
    const caller = await connect(endpoint, token(), 'camera-1', says(client));
    const accepted = await online.accept(await online.nextIncoming(), says(device));
    const [clientReady, deviceReady] = [await caller.nextControl('ready'), await accepted.nextControl('ready')];
    expect({ clientTold: clientReady.maxMessageBytes, deviceTold: deviceReady.maxMessageBytes }).toEqual(told);
  });

  test('may name the device as device://id', async () => {
    const { endpoint } = await startService();
    const device = await TestDevice.start(endpoint);
    await connect(endpoint, token({ remoteId: 'device://camera-1' }), 'device://camera-1');
    await device.nextIncoming();
  });

  test('may be a browser, which sends the token as a subprotocol', async () => {
    const { endpoint } = await startService();
    const device = await TestDevice.start(endpoint);
    const subprotocols = ['tirtc.v1', `tirtc.bearer.${token()}`];
    const client = await WirePeer.open(connectUrl(endpoint, 'camera-1'), { subprotocols });
    expect(client.ws.protocol).toBe('tirtc.v1');
    await device.accept(await device.nextIncoming());
    const { ticket = new Uint8Array() } = await client.nextControl('ready');
    const ticketText = Buffer.from(ticket).toString('base64url');
    await WirePeer.open(connectUrl(endpoint, 'camera-1'), { subprotocols: [`tirtc.ticket.${ticketText}`, 'tirtc.v1'] });
    await device.nextIncoming();
  });

  test('uses the token up, even if the device is offline', async () => {
    const { endpoint } = await startService();
    const once = token();
    expect(await (await connect(endpoint, once)).nextBye()).toBe('offline');
    expect(await (await connect(endpoint, once)).nextBye()).toBe('token_used');
  });

  test('that was used is refused with what to do, in the event and in the text of the bye', async () => {
    const { service, endpoint } = await startService();
    const once = token();
    await (await connect(endpoint, once)).nextBye();
    const refused = nextEvent(service, 'connectRefused');
    const bye = await (await connect(endpoint, once)).nextControl('bye');
    const { detail } = (await refused) as { readonly detail: string };
    expect(detail).toMatch(/^it was used before; .*--reusable-tokens.*tokenUse/);
    expect(bye).toMatchObject({ text: detail });
  });

  test('may use the token again if the service allows it', async () => {
    const { endpoint } = await startService({ tokenUse: 'until-expiry' });
    const reusable = token();
    expect(await (await connect(endpoint, reusable)).nextBye()).toBe('offline');
    expect(await (await connect(endpoint, reusable)).nextBye()).toBe('offline');
  });

  const claims = { sub: 'u', scope: 'connect:camera-1', iss: ACCESS_ID, iat: now(), exp: now() + 300, nonce: 'n' };
  const keys = { secretKey: SECRET_KEY, deviceSecretKey: DEVICE_SECRET };
  test.each([
    ['token_form', 'hello'],
    ['token_issuer', token({ accessId: 'unknown' })],
    ['token_device', token({ remoteId: 'unknown' })],
    ['token_signature', token({ secretKey: 'wrong' })],
    ['token_target', token({ remoteId: 'camera-2', deviceSecretKey: 'second-secret' })],
    ['token_early', token({ issuedAt: now() + 1000 })],
    ['token_expired', token({ issuedAt: now() - 1000 })],
    ['token_lifetime', signConnectToken({ ...claims, exp: now() + 90_000 }, keys)],
  ])('that is invalid is refused with the reason %s', async (reason, credential) => {
    const { service, endpoint } = await startService();
    await TestDevice.start(endpoint);
    const refused = nextEvent(service, 'connectRefused');
    const client = await connect(endpoint, credential);
    expect(await client.nextBye()).toBe(reason);
    expect(await client.nextClosed()).toBe(1000);
    expect(await refused).toMatchObject({ deviceId: 'camera-1', reason });
    expect(service.requestLog()[1]?.outcome).toBe(`bye(${reason})`);
    expect(service.requestLog()[1]?.explanation).not.toBe('');
  });
});

describe('a ticket', () => {
  test('connects again, and keeps its time of expiry', async () => {
    const clock = Object.assign(new FakeClock(), { wallMs: () => Date.now() });
    const { endpoint } = await startService({ clock, ticketLifetimeSeconds: 100, silenceMs: 200_000 });
    const { device, clientReady } = await connectedPair(endpoint);
    const ticket = clientReady.ticket ?? new Uint8Array();
    clock.advance(40_000);
    const client = await connectByTicket(endpoint, ticket);
    const incoming = await device.nextIncoming();
    expect(incoming.subject).toBe('user-1');
    await device.accept(incoming);
    expect(await client.nextControl('ready')).toMatchObject({ ticketLifetimeSeconds: 60, ticket });
    clock.advance(59_999);
    await connectByTicket(endpoint, ticket);
    await device.nextIncoming();
    clock.advance(1);
    expect(await (await connectByTicket(endpoint, ticket)).nextBye()).toBe('ticket');
  });

  test('is bound to its device, and an unknown one is refused', async () => {
    const { endpoint } = await startService();
    const { clientReady } = await connectedPair(endpoint);
    const ticket = clientReady.ticket ?? new Uint8Array();
    expect(await (await connectByTicket(endpoint, ticket, 'camera-2')).nextBye()).toBe('ticket');
    expect(await (await connectByTicket(endpoint, new Uint8Array(32))).nextBye()).toBe('ticket');
  });

  test.each([
    ['the secret of the device', 'setDevice', 'camera-1'],
    ['the secret of the app', 'setApp', 'ak'],
  ] as const)('is revoked when %s changes', async (_, change, id) => {
    const { service, endpoint } = await startService();
    const { device, clientReady } = await connectedPair(endpoint);
    const ticket = clientReady.ticket ?? new Uint8Array();
    service[change](id, change === 'setApp' ? SECRET_KEY : DEVICE_SECRET);
    await connectByTicket(endpoint, ticket);
    await device.nextIncoming();
    service[change](id, 'another secret');
    expect(await (await connectByTicket(endpoint, ticket)).nextBye()).toBe('ticket');
  });

  test('is revoked with its app, as the tokens of the app are', async () => {
    const { service, endpoint } = await startService();
    const { clientReady } = await connectedPair(endpoint);
    expect(service.removeApp('ak')).toBe(true);
    expect(await (await connectByTicket(endpoint, clientReady.ticket ?? new Uint8Array())).nextBye()).toBe('ticket');
    expect(await (await connect(endpoint)).nextBye()).toBe('token_issuer');
    service.setApp('ak', SECRET_KEY);
    expect(service.removeApp('unknown')).toBe(false);
  });
});

describe('a malformed connect', () => {
  const url = (endpoint: string) => connectUrl(endpoint, 'camera-1');
  const bearer = { Authorization: `Bearer ${token()}` };

  test.each<[string, number, (endpoint: string) => Promise<WirePeer>]>([
    ['no credential', 401, (endpoint) => WirePeer.open(url(endpoint))],
    [
      'an unknown scheme',
      400,
      (endpoint) => WirePeer.open(url(endpoint), { headers: { Authorization: 'Basic eA==' } }),
    ],
    ['a ticket that is too short', 400, (endpoint) => connectByTicket(endpoint, new Uint8Array(31))],
    [
      'a header and a subprotocol',
      400,
      (endpoint) =>
        WirePeer.open(url(endpoint), { headers: bearer, subprotocols: ['tirtc.v1', `tirtc.bearer.${token()}`] }),
    ],
    [
      'two subprotocols',
      400,
      (endpoint) => WirePeer.open(url(endpoint), { subprotocols: ['tirtc.v1', 'tirtc.bearer.a', 'tirtc.bearer.b'] }),
    ],
    ['no peer_id', 400, (endpoint) => WirePeer.open(url(endpoint).split('?')[0] ?? '', { headers: bearer })],
    ['an empty peer_id', 400, (endpoint) => connect(endpoint, token(), '')],
    ['two peer_ids', 400, (endpoint) => WirePeer.open(`${url(endpoint)}&peer_id=b`, { headers: bearer })],
    ['a broken peer_id', 400, (endpoint) => WirePeer.open(`${url(endpoint)}%zz`, { headers: bearer })],
    ['a line feed in the peer_id', 400, (endpoint) => WirePeer.open(`${url(endpoint)}%0A`, { headers: bearer })],
    [
      'another subprotocol',
      426,
      (endpoint) => WirePeer.open(url(endpoint), { headers: bearer, subprotocols: ['tirtc.v2'] }),
    ],
  ])('with %s is answered with %i', async (_, status, open) => {
    const { service, endpoint } = await startService();
    await expect(open(endpoint)).rejects.toThrow(`HTTP ${status}`);
    expect(service.requestLog()).toMatchObject([{ outcome: String(status) }]);
    expect(service.requestLog()[0]?.explanation).not.toBe('');
  });
});

describe('a client that waits for its device', () => {
  test('is refused when the device is not online', async () => {
    const { endpoint } = await startService();
    expect(await (await connect(endpoint)).nextBye()).toBe('offline');
  });

  test('is refused when the device has no room', async () => {
    const { endpoint } = await startService();
    const device = await TestDevice.start(endpoint);
    const client = await connect(endpoint);
    device.busy(await device.nextIncoming());
    expect(await client.nextBye()).toBe('full');
  });

  test('is refused when the service has no room', async () => {
    const { endpoint } = await startService({ maxConnections: 1 });
    const { device, client } = await connectedPair(endpoint);
    expect(await (await connect(endpoint)).nextBye()).toBe('full');
    client.ws.close(1000);
    await client.nextClosed();
    await connectedPair(endpoint, device);
  });

  test('is refused when the device does not accept in time', async () => {
    const clock = Object.assign(new FakeClock(), { wallMs: () => Date.now() });
    const { endpoint } = await startService({ clock });
    const device = await TestDevice.start(endpoint);
    const client = await connect(endpoint);
    const incoming = await device.nextIncoming();
    clock.advance(10_000);
    expect(await client.nextBye()).toBe('timeout');
    await expect(device.accept(incoming)).rejects.toThrow('HTTP 403');
  });

  test('is refused when the device goes offline', async () => {
    const { endpoint } = await startService();
    const device = await TestDevice.start(endpoint);
    const client = await connect(endpoint);
    await device.nextIncoming();
    device.link.ws.terminate();
    expect(await client.nextBye()).toBe('offline');
  });

  test('must not send before the connection is ready', async () => {
    const { endpoint } = await startService();
    const device = await TestDevice.start(endpoint);
    const client = await connect(endpoint);
    await device.nextIncoming();
    client.ws.send(Uint8Array.of(0, 0, 0, 2, 0));
    expect(await client.nextBye()).toBe('protocol');
  });

  test('may close, and an accept after that is answered with 403', async () => {
    const { service, endpoint } = await startService();
    const device = await TestDevice.start(endpoint);
    const client = await connect(endpoint);
    const incoming = await device.nextIncoming();
    const refused = nextEvent(service, 'connectRefused');
    client.ws.close(1000);
    expect(await refused).toMatchObject({ reason: 'closed' });
    await expect(device.accept(incoming)).rejects.toThrow('HTTP 403');
  });
});

describe('an accept', () => {
  test('works once', async () => {
    const { endpoint } = await startService();
    const { device, incoming } = await connectedPair(endpoint);
    await expect(device.accept(incoming)).rejects.toThrow('HTTP 403');
  });

  test.each<[string, Record<string, string>]>([
    ['a wrong proof', { 'X-Tg-Accept': Buffer.alloc(32).toString('base64url') }],
    ['an unknown key', { 'X-Tg-Accept-Key': Buffer.alloc(16).toString('base64url') }],
    ['another device id', { 'X-Tg-Device-Id': 'camera-2' }],
    ['a malformed key', { 'X-Tg-Accept-Key': '!' }],
    ['a malformed proof', { 'X-Tg-Accept': 'AA' }],
  ])('with %s is answered with 403, and the right one still works', async (_, headers) => {
    const { endpoint } = await startService();
    const device = await TestDevice.start(endpoint);
    const client = await connect(endpoint);
    const incoming = await device.nextIncoming();
    await expect(device.accept(incoming, headers)).rejects.toThrow('HTTP 403');
    await device.accept(incoming);
    await client.nextControl('ready');
  });

  test('without any proof is answered with 403', async () => {
    const { endpoint } = await startService();
    await expect(WirePeer.open(`${endpoint.replace('http', 'ws')}/v1/accept`)).rejects.toThrow('HTTP 403');
  });

  test('joins the client that it names when several wait', async () => {
    const { endpoint } = await startService();
    const device = await TestDevice.start(endpoint);
    const [first, second] = [await connect(endpoint), await connect(endpoint, token({ subject: 'user-2' }))];
    const incoming = [await device.nextIncoming(), await device.nextIncoming()];
    for (const one of incoming.reverse()) {
      const accepted = await device.accept(one);
      await accepted.nextControl('ready');
      accepted.ws.send(Buffer.concat([Uint8Array.of(0, 0, 0, 2, 0), Buffer.from(one.subject)]));
    }
    for (const [client, subject] of [
      [first, 'user-1'],
      [second, 'user-2'],
    ] as const) {
      await client.nextControl('ready');
      expect((await client.nextMessage()).subarray(5).toString()).toBe(subject);
    }
  });
});
