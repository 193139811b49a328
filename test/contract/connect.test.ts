import { expect, it } from 'vitest';
import type { Connection } from '../../lib/types/index.js';
import { makeDevice, next } from '../device/support.js';
import {
  connectionContract,
  connectPair,
  DEVICE_ID,
  endOf,
  eventually,
  join,
  startService,
  tokenFor,
} from './support.js';

const PING = 0x4001;

async function ask(connection: Connection, text: string): Promise<string> {
  return Buffer.from((await connection.request(PING, text)).data).toString();
}

connectionContract('connect', (kind) => {
  it('both ends open at once, and the device sees the subject of the token', async () => {
    const { service, near, far, subject } = await connectPair(kind);
    expect(subject).toBe('tester');
    expect([near.remoteId, far.remoteId]).toEqual([DEVICE_ID, 'tester']);
    expect([near.state, far.state, near.error, far.error]).toEqual(['open', 'open', undefined, undefined]);
    expect(service.connections()).toMatchObject([{ deviceId: DEVICE_ID, subject: 'tester', credential: 'token' }]);
    await eventually(() => expect([near.bufferedBytes, far.bufferedBytes]).toEqual([0, 0]));
  });

  it.each(['device://', 'whip://', 'whips://', 'whip://device://'])('"%sid" names the device "id"', async (scheme) => {
    const { client, device } = await connectPair(kind);
    const accepted = next(device, 'connection');
    const near = await client.connect({
      remoteId: `${scheme}${DEVICE_ID}`,
      token: tokenFor(DEVICE_ID, 'another ünter'),
    });
    const [far] = await accepted;
    expect([near.remoteId, far.remoteId]).toEqual([DEVICE_ID, 'another ünter']);
    await near.close();
    expect((await client.connect({ remoteId: DEVICE_ID })).remoteId).toBe(DEVICE_ID);
    await expect(client.connect({ remoteId: scheme })).rejects.toMatchObject({ code: 'INVALID_PARAMETER' });
  });

  it.each([
    ['whips://', '?_tg_mode=echo'],
    ['whip://', '/live/1?a=ü#%'],
    ['whip://device://', '/'],
  ])('"%sid%s" names the device "id", and the service shows the rest', async (scheme, suffix) => {
    const { service, client } = await connectPair(kind);
    const opened = new Promise((resolve) => service.once('connectionOpened', resolve));
    const near = await client.connect({ remoteId: `${scheme}${DEVICE_ID}${suffix}`, token: tokenFor(DEVICE_ID) });
    expect(near.remoteId).toBe(DEVICE_ID);
    expect(await opened).toMatchObject({ deviceId: DEVICE_ID, suffix });
    expect(service.connections()[0]).not.toHaveProperty('suffix');
    expect(service.connections()[1]).toMatchObject({ suffix });
    const connects = service.requestLog().filter(({ link }) => link === 'connect');
    expect(connects.map(({ target }) => target.split('&peer_suffix=')[1])).toEqual([
      undefined,
      encodeURIComponent(suffix),
    ]);
  });

  it('a remote id may have 255 bytes after the id of the device', async () => {
    const { client } = await connectPair(kind);
    const token = tokenFor(DEVICE_ID);
    const long = `whip://${DEVICE_ID}/${'ü'.repeat(127)}`;
    await expect(client.connect({ remoteId: `${long}x`, token })).rejects.toMatchObject({ code: 'INVALID_PARAMETER' });
    expect((await client.connect({ remoteId: long, token })).remoteId).toBe(DEVICE_ID);
  });

  it('a client reconnects by ticket any number of times, as the same subject', async () => {
    const { service, client, device, near } = await connectPair(kind);
    await near.close();
    for (let i = 0; i < 3; i++) {
      const again = await join(client, device, {});
      expect(again.subject).toBe('tester');
      again.far.handle(PING, ({ data }) => Buffer.from(data).reverse());
      expect(await ask(again.near, 'abc')).toBe('cba');
      expect(service.connections()).toMatchObject([{ credential: 'ticket' }]);
      const ended = endOf(again.far);
      await again.near.close();
      await ended;
    }
  });

  it('a refused ticket is dropped, and a token is needed again', async () => {
    const { service, client, device } = await connectPair(kind);
    service.setDevice(DEVICE_ID, 'another secret');
    await expect(client.connect({ remoteId: DEVICE_ID })).rejects.toMatchObject({ code: 'TICKET', number: -40011 });
    await expect(client.connect({ remoteId: DEVICE_ID })).rejects.toMatchObject({
      code: 'CACHE_EXPIRED',
      number: -40011,
    });
    expect(service.requestLog().filter(({ link }) => link === 'connect')).toHaveLength(2);
    expect(device.state).toBe('started');
  });

  it('a full device refuses a connect until one of its connections ends', async () => {
    const { client, device, near, far } = await connectPair(kind, { device: { maxConnections: 1 } });
    const second = client.connect({ remoteId: DEVICE_ID, token: tokenFor(DEVICE_ID) });
    await expect(second).rejects.toMatchObject({ code: 'FULL', number: -40006, retryable: true });
    expect([near.state, far.state]).toEqual(['open', 'open']);
    const ended = endOf(far);
    await near.close();
    await ended;
    expect((await join(client, device, { token: tokenFor(DEVICE_ID) })).near.state).toBe('open');
  });

  it('a full service refuses a connect', async () => {
    const { client } = await connectPair(kind, { service: { maxConnections: 1 } });
    const second = client.connect({ remoteId: DEVICE_ID, token: tokenFor(DEVICE_ID) });
    await expect(second).rejects.toMatchObject({ code: 'FULL', number: -40006 });
  });

  it('connections are not mixed', async () => {
    const { client, device, near, far } = await connectPair(kind);
    const others = [
      await join(client, device, { token: tokenFor(DEVICE_ID, 'second') }),
      await join(client, device, { token: tokenFor(DEVICE_ID, 'third') }),
    ];
    for (const [i, connection] of [far, ...others.map((other) => other.far)].entries()) {
      connection.handle(PING, ({ data }) => `${i} heard ${Buffer.from(data).toString()}`);
    }
    const answers = await Promise.all(
      [near, ...others.map((other) => other.near)].map((end, i) => ask(end, `call ${i}`)),
    );
    expect(answers).toEqual(['0 heard call 0', '1 heard call 1', '2 heard call 2']);
  });

  it('connect() rejects with the reason of its signal, before and during the attempt', async () => {
    const { service, endpoint } = await startService([DEVICE_ID]);
    await makeDevice(endpoint, DEVICE_ID).start();
    const client = await kind.open(endpoint);
    const aborted = AbortSignal.abort(new Error('never began'));
    await expect(client.connect({ remoteId: DEVICE_ID, token: tokenFor(DEVICE_ID), signal: aborted })).rejects.toThrow(
      'never began',
    );
    service.answerNext('connect', 'hang');
    const controller = new AbortController();
    const attempt = client.connect({ remoteId: DEVICE_ID, token: tokenFor(DEVICE_ID), signal: controller.signal });
    const rejected = expect(attempt).rejects.toThrow('changed my mind');
    await eventually(() => expect(service.requestLog().filter(({ link }) => link === 'connect')).toHaveLength(1));
    controller.abort(new Error('changed my mind'));
    await rejected;
    expect(service.connections()).toEqual([]);
  });

  it.skipIf(kind.blind).each([
    [401, 'SERVER_ERROR', -40012, false],
    [403, 'SERVER_ERROR', -40012, false],
    [404, 'UNEXPECTED_RESPONSE', -40015, false],
    [500, 'SERVER_ERROR', -40012, true],
    [503, 'SERVER_ERROR', -40012, true],
  ])('HTTP %i gives the same error in every client', async (status, code, number, retryable) => {
    const { service, endpoint } = await startService([DEVICE_ID]);
    const client = await kind.open(endpoint);
    service.answerNext('connect', { status });
    const failure = await client
      .connect({ remoteId: DEVICE_ID, token: tokenFor(DEVICE_ID) })
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code, number, retryable });
    expect(String(failure)).toContain(`HTTP ${status}`);
  });

  it('connect() ends at its timeout without an answer', async () => {
    const { service, endpoint } = await startService([DEVICE_ID]);
    const client = await kind.open(endpoint, { connectTimeoutMs: 100 });
    service.answerNext('connect', 'hang');
    const attempt = client.connect({ remoteId: DEVICE_ID, token: tokenFor(DEVICE_ID) });
    await expect(attempt).rejects.toMatchObject({ code: 'TIMEOUTED', number: -40005, retryable: true });
  });
});
