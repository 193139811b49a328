import { describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type ClientConnection, type ConnectOptions, connect } from '../../lib/client/index.js';
import { ErrorCode } from '../../lib/errors/index.js';
import type { Frame } from '../../lib/types/index.js';
import {
  decodeCommand,
  encodeBye,
  encodeCommand,
  encodeFrame,
  encodePeerRequest,
  encodeProbe,
  encodeProbeEcho,
  encodeSubscribeAnswer,
  KEY_FRAME_FLAG,
  type Limits,
  MEDIA,
} from '../../lib/wire/index.js';
import { readyMessage, type ScriptedLink, scriptedService } from '../support/scripted_service.js';

interface Connected {
  readonly connection: ClientConnection;
  readonly link: ScriptedLink;
}

async function connected(limits: Partial<Limits> = {}, options: Partial<ConnectOptions> = {}): Promise<Connected> {
  const service = await scriptedService((link) => link.send(readyMessage(limits)));
  const connection = await connect({ endpoint: service.endpoint, remoteId: 'd', token: 'v1.a.b', ...options });
  const [link] = service.links;
  if (link === undefined) throw new Error('the service has no link');
  return { connection, link };
}

function closedOf(connection: ClientConnection): Promise<unknown> {
  return new Promise((resolve) => connection.on('closed', resolve));
}

const frame = {
  stream: 3,
  media: MEDIA.H264,
  flags: KEY_FRAME_FLAG,
  reserved: 5,
  timestampMs: 99,
  data: Uint8Array.of(1),
};

describe.each([
  ['ws', {}],
  ['a browser WebSocket', { WebSocket }],
])('a connection over %s', (_, options) => {
  test('a connection carries commands and frames both ways, byte for byte', async () => {
    const { connection, link } = await connected({}, options);
    connection.sendCommand(0x18002, Uint8Array.of(1, 2));
    connection.sendVideo(frame);
    connection.sendMessage({ stream: 3, timestampMs: 1, data: Uint8Array.of(7) });
    expect(await link.next()).toEqual(encodeCommand(0x18002, Uint8Array.of(1, 2)));
    expect(await link.next()).toEqual(encodeFrame(frame));
    const message = { stream: 3, media: 0, flags: 0, reserved: 0, timestampMs: 1, data: Uint8Array.of(7) };
    expect(await link.next()).toEqual(encodeFrame(message));
    const arrived = new Promise<Frame>((resolve) => connection.once('video', resolve));
    link.send(Uint8Array.of(77, 1, 2), encodeFrame(frame));
    expect({ ...(await arrived), data: [...(await arrived).data] }).toEqual({ ...frame, data: [1] });
    await connection.close();
    expect(await link.closed).toBe(1000);
  });

  test('a connection is dead after the silence limit of the service, even if its own pings are sent', async () => {
    const { connection, link } = await connected({ keepAliveMs: 20, silenceMs: 120 }, options);
    const closed = closedOf(connection);
    link.socket.pause();
    expect(await closed).toMatchObject({ number: ErrorCode.CONN_TIMEOUTCLOSE });
    await connection.close();
  });

  test('a connection stays open and measures the round trip while the peer answers probes', async () => {
    const { connection, link } = await connected({ keepAliveMs: 10, silenceMs: 60_000 }, options);
    expect(connection.stats().commandRttMs).toBe(0);
    const { word, data } = decodeCommand((await link.next()).subarray(1));
    expect([word, data.length]).toEqual([0x40a, 8]);
    const tooOld = Uint8Array.from(data);
    tooOld[7] = 1;
    link.send(encodeProbeEcho(tooOld));
    for (;;) {
      if (connection.stats().commandRttMs > 0) break;
      link.send(encodeProbeEcho(decodeCommand((await link.next()).subarray(1)).data));
    }
    expect(connection.stats().commandRttMs).toBeLessThan(5000);
    await connection.close();
  });

  test('sends return false to wait, and drain is emitted to continue', async () => {
    const { connection, link } = await connected({}, options);
    link.socket.pause();
    const data = new Uint8Array(100_000);
    const drained = new Promise<void>((resolve) => connection.on('drain', resolve));
    let isBusy = false;
    let hasWaited = false;
    for (let i = 0; i < 1000 && !isBusy; i++) {
      try {
        if (!connection.sendVideo({ ...frame, data })) hasWaited = true;
      } catch (error) {
        isBusy = true;
        expect(error).toMatchObject({ code: 'BUSY' });
      }
      if (i % 4 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect([hasWaited, isBusy]).toEqual([true, true]);
    expect(connection.bufferedBytes).toBeLessThanOrEqual(512 * 1024 + 4096);
    expect(() => connection.sendVideo({ ...frame, flags: 0 })).toThrow(expect.objectContaining({ code: 'BUSY' }));
    link.socket.resume();
    await drained;
    expect(connection.bufferedBytes).toBeLessThanOrEqual(64 * 1024);
    expect(() => connection.sendVideo({ ...frame, flags: 0 })).toThrow(expect.objectContaining({ code: 'BUSY' }));
    connection.sendVideo(frame);
    connection.sendVideo({ ...frame, flags: 0 });
    await connection.close();
  });
});

describe('requests of the peer', () => {
  test('requests of the peer are emitted as events and answered on the wire', async () => {
    const { connection, link } = await connected();
    const news: unknown[] = [];
    connection.on('keyFrameRequested', (stream) => news.push(['keyFrame', stream]));
    connection.on('unsubscribed', (stream, kind) => news.push([kind, stream]));
    connection.onSubscribe((stream) => stream === 1);
    const probe = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    link.send(encodePeerRequest('subscribeVideo', 1), encodePeerRequest('subscribeAudio', 2));
    link.send(encodePeerRequest('keyFrame', 1), encodePeerRequest('unsubscribeVideo', 1), encodeProbe(probe));
    const answers = [await link.next(), await link.next(), await link.next()].map((message) => [...message]);
    expect(answers).toContainEqual([...encodeSubscribeAnswer('subscribeVideo', 1, 0)]);
    expect(answers).toContainEqual([...encodeSubscribeAnswer('subscribeAudio', 2, 1)]);
    expect(answers).toContainEqual([...encodeProbeEcho(probe)]);
    expect(news).toEqual([
      ['keyFrame', 1],
      ['video', 1],
    ]);
    await connection.close();
  });

  test('requests of this side are sent as words of the SDK', async () => {
    const { connection, link } = await connected();
    const subscribed = connection.subscribeVideo(4);
    expect(await link.next()).toEqual(encodePeerRequest('subscribeVideo', 4));
    link.send(encodeSubscribeAnswer('subscribeVideo', 4, 0));
    await subscribed;
    connection.requestKeyFrame(4);
    expect(await link.next()).toEqual(encodePeerRequest('keyFrame', 4));
    await connection.close();
  });
});

describe('sending', () => {
  test('sends follow the rules of streams', async () => {
    const { connection } = await connected();
    const busy = expect.objectContaining({ code: 'BUSY' });
    const invalid = expect.objectContaining({ code: 'INVALID_PARAMETER' });
    expect(() => connection.sendVideo({ ...frame, flags: 0 })).toThrow(busy);
    connection.sendVideo(frame);
    connection.sendVideo({ ...frame, flags: 0 });
    expect(() => connection.sendVideo({ ...frame, stream: 4, flags: 0 })).toThrow(busy);
    expect(() => connection.sendAudio({ ...frame, media: MEDIA.OPUS })).toThrow(invalid);
    connection.sendAudio({ ...frame, media: MEDIA.OPUS, stream: 5 });
    expect(() => connection.sendVideo({ ...frame, stream: 5 })).toThrow(invalid);
    connection.sendMessage({ stream: 5, timestampMs: 0, data: new Uint8Array(0) });
    await connection.close();
  });

  test('data of N + 1 bytes is refused by the limit of the buffer and of the peer', async () => {
    const small = await connected({ maxMessageBytes: 1000 });
    small.connection.sendCommand(0x18002, new Uint8Array(995));
    expect(await small.link.next()).toHaveLength(1000);
    const invalid = expect.objectContaining({ code: 'INVALID_PARAMETER' });
    expect(() => small.connection.sendCommand(0x18002, new Uint8Array(996))).toThrow(invalid);
    expect(() => small.connection.sendVideo({ ...frame, data: new Uint8Array(988) })).toThrow(invalid);
    const tight = await connected({}, { maxSendBufferBytes: 16_384 });
    tight.connection.sendVideo({ ...frame, data: new Uint8Array(16_384) });
    expect(() => tight.connection.sendVideo({ ...frame, data: new Uint8Array(16_385) })).toThrow(invalid);
    await Promise.all([small.connection.close(), tight.connection.close()]);
  });
});

describe('a connection ends', () => {
  test.each([
    ['peer_closed', ErrorCode.CONN_REMOTECLOSE],
    ['peer_silent', ErrorCode.CONN_TIMEOUTCLOSE],
    ['stopping', ErrorCode.CONN_OTHER_ERROR],
  ] as const)('with the reason of bye(%s), after what came before it', async (name, number) => {
    const { connection, link } = await connected();
    const commands = vi.fn();
    connection.on('command', commands);
    const closed = closedOf(connection);
    link.send(encodeCommand(0x18002, Uint8Array.of(1)), encodeBye(name), encodeCommand(0x18002, Uint8Array.of(2)));
    expect(await closed).toMatchObject({ code: name.toUpperCase(), number });
    expect(commands).toHaveBeenCalledTimes(1);
    expect(() => connection.sendCommand(0x18002)).toThrow(expect.objectContaining({ number }));
    expect(await link.closed).toBe(1000);
    await connection.close();
  });

  test.each([
    ['a close without a bye', (link: ScriptedLink) => link.socket.close(1001)],
    ['a cut link', (link: ScriptedLink) => link.socket.terminate()],
  ])('a connection breaks by %s', async (_, end) => {
    const { connection, link } = await connected();
    const closed = closedOf(connection);
    end(link);
    expect(await closed).toMatchObject({ number: ErrorCode.CONN_OTHER_ERROR });
    await connection.close();
  });

  test.each([
    ['a frame header that lies', (link: ScriptedLink) => link.send(encodeFrame(frame).subarray(0, 13)), 1002],
    ['a second ready', (link: ScriptedLink) => link.send(readyMessage()), 1002],
    ['an empty message', (link: ScriptedLink) => link.send(new Uint8Array(0)), 1002],
    ['a text message', (link: ScriptedLink) => link.socket.send('hello'), 1002],
    ['a message that is too large', (link: ScriptedLink) => link.send(new Uint8Array(2001)), 1009],
  ])('a connection ends with a protocol error by %s', async (_, speak, closeCode) => {
    const { connection, link } = await connected({}, { maxMessageBytes: 2000 });
    const closed = closedOf(connection);
    speak(link);
    expect(await closed).toMatchObject({ code: 'PROTOCOL', number: ErrorCode.CONN_OTHER_ERROR });
    expect(await link.closed).toBe(closeCode);
    await connection.close();
  });

  test('close() ends within half a second if the service does not answer', async () => {
    const { connection, link } = await connected();
    link.socket.pause();
    const closed = closedOf(connection);
    const before = performance.now();
    await connection.close();
    expect(await closed).toBeUndefined();
    expect(performance.now() - before).toBeLessThan(2000);
  });
});
