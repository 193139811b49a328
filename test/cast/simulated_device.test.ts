import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connect } from '../../lib/client/index.js';
import { parseMedia } from '../../lib/media/index.js';
import {
  openMedia,
  readCommandTable,
  SimulatedClient,
  SimulatedDevice,
  type SimulatedDeviceEvents,
  type SimulatedDeviceOptions,
  toneSource,
} from '../../lib/sim/index.js';
import type { Frame } from '../../lib/types/index.js';
import { MEDIA, type MediaClass } from '../../lib/wire/index.js';
import { secretOf, startService, tokenFor } from '../device/support.js';
import { h264, wav } from '../media/support/media_bytes.js';

const CLIP = new URL('../../examples/media/testsrc2-320x240-15fps.h264', import.meta.url).pathname;

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tirtc-sim-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

async function startPair(options: Partial<SimulatedDeviceOptions> = {}, recordTo?: string) {
  const { endpoint } = await startService(['cam']);
  const device = new SimulatedDevice({ endpoint, deviceId: 'cam', deviceSecretKey: secretOf('cam'), ...options });
  onTestFinished(() => device.close());
  await device.start();
  const client = await openClient(endpoint, recordTo);
  return { endpoint, device, client };
}

async function openClient(endpoint: string, recordTo?: string, subject = 'viewer') {
  const connection = await connect({ endpoint, remoteId: 'cam', token: tokenFor('cam', subject) });
  const client = new SimulatedClient(connection, recordTo === undefined ? {} : { recordTo });
  onTestFinished(() => client.close());
  return client;
}

/** Resolves when this many frames of the kind have arrived from now on. */
function frames(client: SimulatedClient, kind: MediaClass, count: number): Promise<readonly Frame[]> {
  const seen: Frame[] = [];
  return new Promise((resolve) => {
    client.on('frame', (kindOfFrame, frame) => {
      if (kindOfFrame === kind && seen.push(frame) === count) resolve([...seen]);
    });
  });
}

function next<Name extends keyof SimulatedDeviceEvents>(
  device: SimulatedDevice,
  name: Name,
  filter: (...values: Parameters<SimulatedDeviceEvents[Name]>) => boolean = () => true,
) {
  return new Promise<Parameters<SimulatedDeviceEvents[Name]>>((resolve) => {
    device.on(name, ((...values: Parameters<SimulatedDeviceEvents[Name]>) => {
      if (filter(...values)) resolve(values);
    }) as SimulatedDeviceEvents[Name]);
  });
}

describe('the media of a simulated device', () => {
  it('are played to each subscriber from a key frame on, and recorded unchanged', async () => {
    const recordTo = folder();
    const streams = [
      { stream: 0, source: openMedia(CLIP, { framesPerSecond: 100 }), loop: false },
      { stream: 1, source: toneSource() },
    ];
    const { device, client } = await startPair({ streams }, recordTo);
    const ended = next(device, 'event', (_, { event }) => event === 'streamEnded');
    const sound = frames(client, 'audio', 5);
    const all = frames(client, 'video', 120);
    await Promise.all([client.subscribe('video', 0), client.subscribe('audio', 1)]);
    const [first] = await all;
    expect(first).toMatchObject({ stream: 0, media: MEDIA.H264, flags: 1 });
    expect((await ended)[1]).toEqual({ event: 'streamEnded', stream: 0 });
    const [, second] = await sound;
    expect(second).toMatchObject({ stream: 1, media: MEDIA.ALAW, data: expect.objectContaining({ length: 160 }) });
    expect(device.report()).toMatchObject([
      { number: 1, subject: 'viewer', sent: [{ stream: 0, sentFrames: 120, sentKeyFrames: 4, skippedFrames: 0 }, {}] },
    ]);
    expect(client.report().find(({ kind }) => kind === 'video')).toMatchObject({
      frames: 120,
      lostFrames: 0,
      keyFrames: 4,
    });
    await client.close();
    expect(readFileSync(join(recordTo, 'video-0.h264')).equals(readFileSync(CLIP))).toBe(true);
    expect(readFileSync(join(recordTo, 'video-0.csv'), 'utf8').split('\n')).toHaveLength(122);
    expect(readdirSync(recordTo).sort()).toEqual(['audio-1.alaw', 'audio-1.csv', 'video-0.csv', 'video-0.h264']);
  });

  it('continue with a key frame when a peer asks for one, for each peer separately', async () => {
    const source = parseMedia(h264(200, 100), 'a.h264', { framesPerSecond: 50 });
    const { endpoint, client } = await startPair({ streams: [{ stream: 4, source }] });
    const other = await openClient(endpoint);
    const [few, others] = [frames(client, 'video', 3), frames(other, 'video', 12)];
    await Promise.all([client.subscribe('video', 4), other.subscribe('video', 4)]);
    await few;
    client.connection.requestKeyFrame(4);
    const keyFrame = new Promise<Frame>((resolve) => {
      client.on('frame', (_, frame) => frame.flags === 1 && resolve(frame));
    });
    expect((await keyFrame).data[6]).toBe((0x10 + 100) & 0xff);
    expect((await others).map(({ flags }) => flags)).toEqual([1, ...Array.from({ length: 11 }, () => 0)]);
  });

  it('start with a key frame again after an unsubscribe', async () => {
    const source = parseMedia(h264(250, 250), 'a.h264', { framesPerSecond: 100 });
    const commands = readCommandTable({ other: 'echo' });
    const { device, client } = await startPair({ streams: [{ stream: 0, source }], commands });
    for (let round = 0; round < 2; round++) {
      const some = frames(client, 'video', 4);
      await client.subscribe('video', 0);
      expect((await some).map(({ flags }) => flags)).toEqual([1, 0, 0, 0]);
      const stopped = next(device, 'event', (_, { event }) => event === 'unsubscribed');
      client.connection.unsubscribeVideo(0);
      await stopped;
      await client.connection.request(0x4001); /* frames in flight have arrived */
    }
    expect(device.report()[0]?.sent[0]?.sentKeyFrames).toBe(2);
  });

  it('skip to the next key frame when a frame does not fit, and the viewer sees the gap', async () => {
    const picture = (index: number) => Buffer.concat([h264(1, 4, index), Buffer.alloc(15_000, 0xaa)]);
    const file = Buffer.concat(Array.from({ length: 40 }, (_, index) => picture(index)));
    const source = parseMedia(file, 'a.h264', { framesPerSecond: 1000 });
    const { device, client } = await startPair({ streams: [{ stream: 0, source }], maxSendBufferBytes: 16_384 });
    const busy = next(device, 'event', (_, { event }) => event === 'busy');
    await client.subscribe('video', 0);
    await busy;
    await expect.poll(() => client.report()[0]?.lostFrames).toBeGreaterThan(0);
    expect(device.report()[0]?.sent[0]?.skippedFrames).toBeGreaterThan(0);
  });

  it('that can never fit end their stream with an error', async () => {
    const file = Buffer.concat([h264(1, 1), Buffer.alloc(30_000, 0xaa)]);
    const { device, client } = await startPair({
      streams: [{ stream: 0, source: parseMedia(file, 'a.h264') }],
      maxSendBufferBytes: 16_384,
    });
    const failed = next(device, 'error');
    await client.subscribe('video', 0);
    expect((await failed)[0]).toMatchObject({ code: 'INVALID_PARAMETER' });
  });

  it('with invalid streams are refused at once', () => {
    const make = (...numbers: number[]) =>
      new SimulatedDevice({
        endpoint: 'http://127.0.0.1:1',
        streams: numbers.map((stream) => ({ stream, source: toneSource() })),
      });
    expect(() => make(16)).toThrow('stream 16 does not exist');
    expect(() => make(1, 1)).toThrow('stream 1 is used twice');
    expect(() => new SimulatedDevice({ endpoint: 'http://127.0.0.1:1', stream: [] } as never)).toThrow('"stream"');
  });
});

describe('subscriptions', () => {
  it('to streams that do not exist are refused', async () => {
    const { device, client } = await startPair({ streams: [{ stream: 0, source: toneSource() }] });
    const refused = next(device, 'event', (_, { event }) => event === 'subscribeRefused');
    await expect(client.subscribe('video', 0)).rejects.toMatchObject({ code: 'SUBSCRIBE_REFUSED' });
    expect((await refused)[1]).toEqual({ event: 'subscribeRefused', stream: 0, kind: 'video' });
    await expect(client.subscribe('audio', 5)).rejects.toMatchObject({ code: 'SUBSCRIBE_REFUSED' });
    await client.subscribe('audio', 0);
  });

  it('follow the given rule', async () => {
    const { endpoint, client } = await startPair({
      streams: [{ stream: 0, source: toneSource() }],
      acceptSubscription: ({ subject, exists }) => (exists && subject === 'friend' ? 0 : -40_006),
    });
    await expect(client.subscribe('audio', 0)).rejects.toMatchObject({ number: -40_006 });
    const friend = await openClient(endpoint, undefined, 'friend');
    const some = frames(friend, 'audio', 2);
    await friend.subscribe('audio', 0);
    await some;
  });
});

describe('commands', () => {
  const table = {
    '0x4001': 'echo',
    '0x4002': { json: { ok: true } },
    '16387': { text: 'fixed' },
    '0x4004': { hex: '00 ff' },
  };
  const text = ({ data }: { readonly data: Uint8Array }) => Buffer.from(data).toString();

  it('are answered by a table', async () => {
    const { device, client } = await startPair({ commands: readCommandTable(table) });
    const { connection } = client;
    expect(text(await connection.request(0x4001, 'hello'))).toBe('hello');
    expect(text(await connection.request(0x4002))).toBe('{"ok":true}');
    expect(text(await connection.request(0x4003))).toBe('fixed');
    expect([...(await connection.request(0x4004)).data]).toEqual([0, 255]);
    const unanswered = next(device, 'event', (_, { event }) => event === 'command');
    connection.sendCommand({ command: 0x4005, sequenceNumber: 1 });
    expect((await unanswered)[1]).toMatchObject({ answered: false, command: { command: 0x4005 } });
  });

  it('are answered by a script, whose failures are reported', async () => {
    const { device, client } = await startPair({
      commands: (command, { subject }) => {
        if (command.command === 0x4009) throw new Error('script at fault');
        return `${subject} ${command.command}`;
      },
    });
    expect(text(await client.connection.request(0x4001))).toBe('viewer 16385');
    const failed = next(device, 'error');
    client.connection.sendCommand({ command: 0x4009, sequenceNumber: 1 });
    expect((await failed)[0]).toMatchObject({ message: 'script at fault' });
  });

  it('that are not listed get the answer for others', async () => {
    const { client } = await startPair({ commands: readCommandTable({ other: 'echo' }) });
    expect(text(await client.connection.request(0x7fff, 'x'))).toBe('x');
  });

  it.each([
    [[], 'must be an object'],
    [{ '0x8000': 'echo' }, '"0x8000" is not a command'],
    [{ hello: 'echo' }, '"hello" is not a command'],
    [{ '0x4001': 'ecko' }, 'the answer to "0x4001" is invalid'],
    [{ '0x4001': { text: 1 } }, 'the answer to "0x4001" is invalid'],
    [{ '0x4001': { text: 'a', json: 1 } }, 'the answer to "0x4001" is invalid'],
    [{ '0x4001': { hex: '0' } }, '"0" is not a sequence of bytes'],
  ])('of the table %j are refused', (wrong, words) => {
    expect(() => readCommandTable(wrong)).toThrow(words);
  });
});

describe('talk-back', () => {
  it('is recorded in a folder for each connection', async () => {
    const recordTo = folder();
    const { device, client } = await startPair({ recordTo });
    const { connection } = client;
    const samples = new Uint8Array(320).fill(3);
    for (const [index, data] of [samples, samples].entries()) {
      connection.sendAudio({ stream: 7, media: MEDIA.PCM, timestampMs: index * 20, data });
    }
    connection.sendMessage({ stream: 2, timestampMs: 0, data: Buffer.from('hello') });
    const gone = next(device, 'disconnected');
    await connection.close();
    const [, report] = await gone;
    expect(report.received).toMatchObject([
      { kind: 'audio', stream: 7, frames: 2, bytes: 640, lostFrames: 0 },
      { kind: 'message', stream: 2, frames: 1 },
    ]);
    const path = join(recordTo, 'connection-1');
    expect(readFileSync(join(path, 'audio-7.wav')).equals(wav(Buffer.concat([samples, samples])))).toBe(true);
    expect(readFileSync(join(path, 'audio-7.csv'), 'utf8')).toMatch(/^ts_ms.*\n0,320,0,[\d.]+,0\n20,320,0,[\d.]+,0\n$/);
    expect(readFileSync(join(path, 'message-2.bin'), 'utf8')).toBe('hello');
  });

  it('that cannot be written is reported once, and everything else continues', async () => {
    const inTheWay = join(folder(), 'file');
    writeFileSync(inTheWay, '');
    const { device, client } = await startPair({ recordTo: inTheWay });
    const errors: unknown[] = [];
    device.on('error', (error) => errors.push(error));
    for (let index = 0; index < 3; index++) {
      client.connection.sendMessage({ stream: 1, timestampMs: index, data: new Uint8Array(1) });
    }
    await expect.poll(() => device.report()[0]?.received[0]?.frames).toBe(3);
    expect(errors).toMatchObject([{ code: 'ENOTDIR' }]);
  });
});
