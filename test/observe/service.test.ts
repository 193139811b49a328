import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Client } from '../../lib/client/index.js';
import { metrics } from '../../lib/observe/index.js';
import { nextEvent } from '../contract/support.js';
import { makeDevice, next, startService, tokenFor } from '../device/support.js';
import { bundle } from '../support/bundle.js';
import { CHANNELS, recordChannels, recordingLogger, samples } from './support.js';

async function connectedPair(options: Parameters<typeof startService>[1] = {}) {
  const { service, endpoint } = await startService(['cam'], options);
  const device = makeDevice(endpoint, 'cam');
  await device.start();
  const accepted = next(device, 'connection');
  const client = new Client({ endpoint });
  const near = await client.connect({ remoteId: 'cam', token: tokenFor('cam') });
  const [far] = await accepted;
  return { service, endpoint, client, near, far };
}

describe('a service', () => {
  it('counts devices, connections, outcomes of requests, and relayed messages', async () => {
    const { service, client, near, far } = await connectedPair();
    far.handle(0x4001, () => 'four');
    await near.request(0x4001, 'two');
    near.sendAudio({ stream: 0, media: 2, timestampMs: 0, data: new Uint8Array(100) });
    await near.subscribeVideo(0);
    await expect(client.connect({ remoteId: 'unknown', token: tokenFor('unknown') })).rejects.toThrow();
    const numbers = samples(service.metrics());
    expect(Object.fromEntries(numbers)).toMatchObject({
      tirtc_service_devices_online: 1,
      tirtc_service_connections: 1,
      'tirtc_service_requests_total{link="start",outcome="started"}': 1,
      'tirtc_service_requests_total{link="connect",outcome="ready"}': 1,
      'tirtc_service_requests_total{link="connect",outcome="bye(token_device)"}': 1,
      'tirtc_service_events_total{event="connectRefused"}': 1,
      'tirtc_service_relayed_messages_total{from="client",channel="audio"}': 1,
      'tirtc_service_relayed_bytes_total{from="client",channel="audio"}': 1 + 12 + 100,
      'tirtc_service_relayed_messages_total{from="client",channel="video"}': 0,
    });
    expect(numbers.get('tirtc_service_links')).toBeGreaterThanOrEqual(3);
    expect(service.metrics()).not.toContain('"cam"');
  });

  it('counts the pauses of senders', async () => {
    const { service, near, far } = await connectedPair({ maxQueuedBytes: 1000 });
    const letGo = far.pauseReceiving();
    const waits = 'tirtc_service_pauses_total{from="client"}';
    const data = new Uint8Array(60_000);
    for (let i = 0; (samples(service.metrics()).get(waits) ?? 0) === 0; i++) {
      const goOn = near.sendMessage({ stream: 0, timestampMs: i, data });
      if (!goOn) await new Promise(setImmediate);
      if (i % 50 === 0) await new Promise(setImmediate);
    }
    letGo();
    await near.subscribeVideo(0);
  });

  it('answers GET /metrics with the same text, below its path prefix, until a route replaces it', async () => {
    const { service, endpoint } = await startService([], { pathPrefix: '/tirtc' });
    const answer = await fetch(`${endpoint}/metrics`);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(samples(await answer.text()).get('tirtc_service_connections')).toBe(0);
    service.route('GET', '/metrics', () => ({ raw: { body: 'mine' } }));
    expect(await (await fetch(`${endpoint}/metrics`)).text()).toBe('mine');
    expect((await fetch(`${endpoint}/metrics`, { method: 'POST' })).status).toBe(404);
    expect((await fetch(endpoint.replace('/tirtc', '/metrics'))).status).toBe(404);
  });

  it('reports its events to its logger and its channels', async () => {
    const published = recordChannels();
    const { logger, lines } = recordingLogger();
    const { near, far } = await connectedPair({ logger });
    const closed = nextEvent(far, 'closed');
    await near.close();
    await closed;
    const expected = ['deviceOnline', 'connectionOpened', 'connectionClosed'];
    expect(lines.map(({ facts }) => facts.event)).toEqual(expected);
    expect(lines[1]).toMatchObject({
      level: 'info',
      text: 'connection 1: "tester" with "cam"',
      facts: { deviceId: 'cam' },
    });
    const channels = published.map(({ channel }) => channel).filter((name) => name.startsWith('tirtc:service:'));
    expect(channels).toEqual(expected.map((name) => `tirtc:service:${name}`));
  });
});

describe('DEBUG', () => {
  it('writes the scopes that it names to stderr, and no others', async () => {
    const child = await bundle(new URL('./children/service.ts', import.meta.url));
    onTestFinished(() => child.remove());
    const run = async (debug: string): Promise<string> => {
      const env = { ...process.env, DEBUG: debug };
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [fileURLToPath(child.file)], { env });
      expect(stdout).toBe('');
      return stderr;
    };
    expect(await run('')).toBe('');
    const lines = (await run('express*,tirtc*')).trim().split('\n');
    const line = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z tirtc:(device|connection|service) ./;
    expect(lines.filter((text) => !line.test(text))).toEqual([]);
    expect(lines.join('\n')).toMatch(/tirtc:service device "cam" is online.*deviceId="cam"/);
    expect(new Set((await run('tirtc:device')).match(/tirtc:\w+/g))).toEqual(new Set(['tirtc:device']));
  }, 30_000);
});

describe('docs/guide/watching.md', () => {
  const page = readFileSync(new URL('../../docs/guide/watching.md', import.meta.url), 'utf8');

  it('names every channel', () => {
    const unnamed = Object.entries(CHANNELS).flatMap(([scope, events]) => {
      const rows = page.split('\n').filter((line) => line.startsWith(`| \`tirtc:${scope}:`));
      return events.filter((event) => !rows.some((row) => row.includes(`${event}\``)));
    });
    expect(unnamed).toEqual([]);
  });

  it('names every metric and no others', async () => {
    const { service } = await startService([]);
    const inCode = [...`${metrics()}${service.metrics()}`.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name);
    const onPage = [...page.matchAll(/`(tirtc_\w+)`/g)].map(([, name]) => name);
    expect(onPage.toSorted()).toEqual(inCode.toSorted());
  });
});
