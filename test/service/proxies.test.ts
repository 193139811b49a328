import { once } from 'node:events';
import { connect as dial, type Socket } from 'node:net';
import { connect as dialTls } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { makeCertificate } from '../support/certificates.js';
import {
  connectedPair,
  DEVICE_ID,
  openStart,
  proxyHeader,
  rawExchange,
  startService,
  tcpFrom,
  WirePeer,
} from './support/index.js';

const CLIENT = '203.0.113.5';
const START = { headers: { 'X-Tg-Device-Id': DEVICE_ID } };
const GET = `GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n`;

const portOf = (endpoint: string) => Number(new URL(endpoint).port);

/** Connect, and send these pieces, each when the one before has left. */
async function dialThroughProxy(port: number, pieces: readonly Buffer[]): Promise<Socket> {
  const socket = dial(port, '127.0.0.1').setNoDelay();
  await once(socket, 'connect');
  for (const piece of pieces) {
    await new Promise((resolve) => socket.write(piece, resolve));
    await new Promise(setImmediate);
  }
  return socket;
}

function startUrl(endpoint: string): string {
  return `${endpoint.replace(/^http/, 'ws')}/v1/start`;
}

describe('a proxy on this machine', () => {
  const header = proxyHeader({ address: CLIENT });
  test.each([
    ['at once', [header]],
    ['byte by byte', [...header].map((byte) => Buffer.from([byte]))],
  ])('names its client by the PROXY protocol, %s, before an upgrade', async (_, pieces) => {
    const { service, endpoint } = await startService();
    const socket = await dialThroughProxy(portOf(endpoint), pieces);
    const link = await WirePeer.open(startUrl(endpoint), { ...START, createConnection: () => socket });
    await link.nextControl('challenge');
    expect(service.requestLog()).toMatchObject([{ link: 'start', clientAddress: CLIENT }]);
    link.ws.ping();
    await once(link.ws, 'pong');
  });

  test('names its client by the PROXY protocol before TLS', async () => {
    const { key, cert } = makeCertificate({ subject: 'service', addresses: ['127.0.0.1'], authority: true });
    const { service, endpoint } = await startService({ tls: { key, cert } });
    const socket = await dialThroughProxy(portOf(endpoint), [header]);
    const secure = dialTls({ socket, host: '127.0.0.1', ca: cert });
    const link = await WirePeer.open(startUrl(endpoint), { ...START, createConnection: () => secure });
    await link.nextControl('challenge');
    expect(service.requestLog()).toMatchObject([{ link: 'start', clientAddress: CLIENT }]);
  });

  test('may send the header and the request in one piece', async () => {
    const { service, endpoint } = await startService();
    expect(await rawExchange(portOf(endpoint), Buffer.concat([header, Buffer.from(`${GET}\r\n`)]))).toMatch(
      /^HTTP\/1.1 200 /,
    );
    expect(service.requestLog()).toMatchObject([{ target: '/metrics', clientAddress: CLIENT, outcome: '200' }]);
  });

  test('may be behind another proxy', async () => {
    const { service, endpoint } = await startService({ trustedProxies: ['192.0.2.1'] });
    const request = Buffer.from(`${GET}X-Forwarded-For: 10.0.0.1, ${CLIENT}\r\n\r\n`);
    await rawExchange(portOf(endpoint), Buffer.concat([proxyHeader({ address: '192.0.2.1' }), request]));
    expect(service.requestLog()).toMatchObject([{ clientAddress: CLIENT }]);
  });

  test('that sends a malformed header is cut off', async () => {
    const { service, endpoint } = await startService();
    const bad = Buffer.from(header.map((byte, i) => (i === 12 ? 0x31 : byte)));
    expect(await rawExchange(portOf(endpoint), Buffer.concat([bad, Buffer.from(`${GET}\r\n`)]))).toBe('');
    expect(service.requestLog()).toEqual([]);
  });

  test('that never completes its header is cut off in time', async () => {
    const { endpoint } = await startService({ requestTimeoutMs: 50 });
    expect(await rawExchange(portOf(endpoint), header.subarray(0, 20))).toBe('');
  });

  test('names its client by X-Forwarded-For', async () => {
    const { service, endpoint } = await startService();
    await fetch(`${endpoint}/metrics`, { headers: { 'X-Forwarded-For': `10.0.0.1, ${CLIENT}` } });
    const link = await openStart(endpoint, { ...START.headers, 'X-Forwarded-For': CLIENT });
    await link.nextControl('challenge');
    expect(service.requestLog().map(({ clientAddress }) => clientAddress)).toEqual([CLIENT, CLIENT]);
  });

  test('that does not name its client is the client', async () => {
    const { service, endpoint } = await startService();
    await connectedPair(endpoint);
    expect(new Set(service.requestLog().map(({ clientAddress }) => clientAddress))).toEqual(new Set(['127.0.0.1']));
  });
});

describe('a peer that is not trusted', () => {
  const network = tcpFrom(() => '198.51.100.9');

  test('that sends a header of the PROXY protocol gets 400', async () => {
    const { endpoint } = await startService({ network });
    const header = proxyHeader({ address: CLIENT });
    expect(await rawExchange(portOf(endpoint), Buffer.concat([header, Buffer.from(`${GET}\r\n`)]))).toMatch(
      /^HTTP\/1.1 400 /,
    );
  });

  test('cannot name another address by X-Forwarded-For', async () => {
    const { service, endpoint } = await startService({ network, trustedProxies: ['192.0.2.0/24'] });
    await fetch(`${endpoint}/metrics`, { headers: { 'X-Forwarded-For': CLIENT } });
    expect(service.requestLog()).toMatchObject([{ clientAddress: '198.51.100.9' }]);
  });

  test('is trusted when trustedProxies names it', async () => {
    const { service, endpoint } = await startService({ network, trustedProxies: ['198.51.100.0/24'] });
    const header = proxyHeader({ address: CLIENT });
    expect(await rawExchange(portOf(endpoint), Buffer.concat([header, Buffer.from(`${GET}\r\n`)]))).toMatch(
      /^HTTP\/1.1 200 /,
    );
    expect(service.requestLog()).toMatchObject([{ clientAddress: CLIENT }]);
  });
});

describe('many starts without a proof', () => {
  const LIMIT = 64;
  const open = (endpoint: string, address?: string) =>
    openStart(endpoint, { ...START.headers, ...(address === undefined ? {} : { 'X-Forwarded-For': address }) });

  test('from one address do not shut out others, nor programs on this machine', async () => {
    const { service, endpoint } = await startService({ maxUnprovenLinks: LIMIT });
    const links = await Promise.all(Array.from({ length: 49 }, () => open(endpoint, CLIENT)));
    await expect(open(endpoint, CLIENT)).rejects.toThrow('HTTP 503');
    expect(service.requestLog().at(-1)?.explanation).toContain(`49 already, of which 49 are from ${CLIENT}`);
    await open(endpoint, '203.0.113.6');
    await expect(open(endpoint, '203.0.113.6')).rejects.toThrow('HTTP 503');
    await Promise.all(Array.from({ length: LIMIT - 50 }, () => open(endpoint)));
    await expect(open(endpoint)).rejects.toThrow('HTTP 503');
    for (const link of links.slice(0, 20)) link.ws.terminate();
    await expect.poll(() => open(endpoint, CLIENT).catch(String)).toBeInstanceOf(WirePeer);
  });
});

describe('many sockets', () => {
  test('from one address do not shut out others', async () => {
    let address = CLIENT;
    const { endpoint } = await startService({ maxSockets: 64, network: tcpFrom(() => address) });
    const sockets = await Promise.all(Array.from({ length: 49 }, () => dialThroughProxy(portOf(endpoint), [])));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
    });
    expect(await rawExchange(portOf(endpoint), '')).toBe('');
    address = '203.0.113.6';
    expect((await fetch(`${endpoint}/metrics`)).status).toBe(200);
  });
});
