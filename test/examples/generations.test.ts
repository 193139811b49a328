import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadClip } from '../../examples/demo/clip.js';
import { connect } from '../../lib/client/index.js';
import { Device } from '../../lib/device/index.js';
import { ErrorCode } from '../../lib/errors/index.js';
import type { Connection, ConnectionEvents, Frame } from '../../lib/types/index.js';
import { DEVICE_ID, DEVICE_SECRET, PATIENT, Program, serve, shortClip, temporaryFile, tokenFor } from './support.js';

const { video, audio } = loadClip();

function run(name: string, args: readonly string[], variables: Readonly<Record<string, string>>): Program {
  return new Program([`build/c/examples/c/${name}`, ...args], { TIRTC_DEVICE_ID: DEVICE_ID, ...variables });
}

async function startDevice(name: string, args: readonly string[], endpoint: string): Promise<Program> {
  const variables = { TIRTC_ENDPOINT: endpoint, TIRTC_DEVICE_SECRET_KEY: DEVICE_SECRET, TIRTC_CLIENT_ID: 'unit-7' };
  const program = run(name, args, variables);
  await program.line(/^started$/);
  return program;
}

async function connectTo(endpoint: string): Promise<Connection> {
  const connection = await connect({ endpoint, remoteId: DEVICE_ID, token: tokenFor(DEVICE_ID) });
  onTestFinished(() => connection.close());
  return connection;
}

function next<Name extends keyof ConnectionEvents>(
  connection: Connection,
  name: Name,
): Promise<Parameters<ConnectionEvents[Name]>> {
  return new Promise((resolve) => {
    connection.once(name, ((...values: Parameters<ConnectionEvents[Name]>) => resolve(values)) as never);
  });
}

/** Waits for this many more frames. */
async function take(connection: Connection, kind: 'video' | 'audio' | 'message', count: number) {
  const frames: Frame[] = [];
  for await (const frame of connection.frames(kind)) {
    frames.push(frame);
    if (frames.length === count) return frames;
  }
  throw new Error(`the connection ended after ${frames.length} of ${count} frames`);
}

const joined = (frames: readonly { readonly data: Uint8Array }[]) => Buffer.concat(frames.map(({ data }) => data));
const beginOf = (file: Uint8Array, length: number) => Buffer.from(file.subarray(0, length));

describe('examples/c', PATIENT, () => {
  test('g1_camera streams to the newest viewer, joins its senders and ends cleanly', async () => {
    const { endpoint } = await serve();
    const camera = await startDevice('g1_camera', [video.path, audio.path], endpoint);
    const first = await connectTo(endpoint);
    const [seen, heard] = await Promise.all([take(first, 'video', 5), take(first, 'audio', 10)]);
    expect(joined(seen)).toEqual(beginOf(video.file, joined(seen).length));
    expect(seen.map(({ flags }) => flags)).toEqual([1, 0, 0, 0, 0]);
    expect(joined(heard)).toEqual(beginOf(audio.file, 1600));

    const ended = next(first, 'closed');
    const second = await connectTo(endpoint);
    await take(second, 'video', 1);
    expect((await ended)[0]?.number).toBe(ErrorCode.CONN_REMOTECLOSE);
    await camera.line(/^viewer 2 takes over from viewer 1$/);
    await camera.line(/^viewer 1 is gone after \d+ video frames$/);
    second.requestKeyFrame(0);
    await next(second, 'video');

    const over = next(second, 'closed');
    camera.interrupt('SIGINT');
    expect(await camera.exit, camera.text).toBe(0);
    expect((await over)[0]?.number).toBe(ErrorCode.CONN_REMOTECLOSE);
    expect(camera.lines).toContain('stopped');
    expect(camera.text).toMatch(/^viewer 2 is gone after \d+ video frames$/m);
    expect(camera.lines).toContain('ended cleanly');
  });

  test('v01_doorbell plays to each subscriber, refuses other streams, answers commands and rings', async () => {
    const { endpoint } = await serve();
    const doorbell = await startDevice('v01_doorbell', [video.path, audio.path], endpoint);
    const visitor = await connectTo(endpoint);
    await expect(visitor.subscribeVideo(3)).rejects.toThrow();
    const frames = Promise.all([take(visitor, 'video', 3), take(visitor, 'audio', 5)]);
    await Promise.all([visitor.subscribeVideo(10), visitor.subscribeAudio(11)]);
    const [seen, heard] = await frames;
    expect(joined(seen)).toEqual(beginOf(video.file, joined(seen).length));
    expect(joined(heard)).toEqual(beginOf(audio.file, 800));
    expect([seen[0]?.stream, heard[0]?.stream]).toEqual([10, 11]);
    visitor.unsubscribeVideo(10);
    await doorbell.line(/^stream 10 is not wanted any more$/);
    expect(Buffer.from((await visitor.request(0x4001, 'who is there')).data).toString()).toBe('who is there');
    const rung = next(visitor, 'command');
    visitor.sendCommand({ command: 0x4002, sequenceNumber: 1 });
    expect(Buffer.from((await rung)[0].data).toString()).toBe('ding');
    await visitor.close();
    await doorbell.line(/^a visitor disconnected$/);
    doorbell.interrupt('SIGTERM');
    expect(await doorbell.exit, doorbell.text).toBe(0);
    expect(doorbell.lines).toContain('ended cleanly');
  });

  test('v22_sensor identifies itself and sends its readings as stream messages', async () => {
    const { service, endpoint } = await serve();
    const sensor = await startDevice('v22_sensor', [], endpoint);
    const online = JSON.parse(await service.line(/"deviceOnline"/)) as object;
    expect(online).toMatchObject({ deviceId: DEVICE_ID, clientId: 'unit-7', appId: 'sensors' });
    const reader = await connectTo(endpoint);
    const [one, two] = await take(reader, 'message', 2);
    const numberOf = (data: Uint8Array | undefined) => Buffer.from(data ?? []).readUInt16LE(1);
    expect(one?.data).toHaveLength(7);
    expect(numberOf(two?.data)).toBe(numberOf(one?.data) + 1);
    expect(numberOf((await reader.request(0x4010)).data)).toBeGreaterThan(numberOf(one?.data));
    const ended = next(reader, 'closed');
    sensor.interrupt('SIGINT');
    expect(await sensor.exit, sensor.text).toBe(0);
    expect((await ended)[0]?.number).toBeLessThan(0);
  });

  test('v23_viewer reconnects without a token until -40011, then uses a new one', async () => {
    const { endpoint } = await serve('--ticket-lifetime', '3');
    await startDevice('g1_camera', [video.path, audio.path], endpoint);
    const file = temporaryFile('tokens', `${tokenFor(DEVICE_ID)}\n${tokenFor(DEVICE_ID)}\n`);
    const viewer = run('v23_viewer', [DEVICE_ID, '800'], { TIRTC_ENDPOINT: endpoint, TIRTC_TOKEN_FILE: file });
    expect(await viewer.exit, viewer.text).toBe(0);
    const said = viewer.lines.filter((line) => !/^(warn|error) /.test(line)); // what the SDK logs
    const steps = said.map((line) => line.replace(/ \(.*/, '').replace(/^(watched) [1-9].*/, '$1'));
    const session =
      '(with a token: OK\nwatched\n(without a token: OK\nwatched\n)+without a token: TIRTC_E_CACHE_EXPIRED';
    expect(steps.join('\n')).toMatch(
      new RegExp(`^${session}\na new token is needed\n)${session}\na new token is needed\n)no token remains$`),
    );
    expect(viewer.text).not.toContain(readFileSync(file, 'utf8').slice(0, 40));
  });

  test('talk_back receives every byte of its peer while it sends', async () => {
    const { endpoint } = await serve();
    const { audio: shorter } = shortClip();
    const other = join(shorter.path, '..', 'backwards');
    writeFileSync(other, Buffer.from(shorter.file).reverse());
    const answering = await startDevice('talk_back', ['answer', shorter.path, other], endpoint);
    const variables = { TIRTC_ENDPOINT: endpoint, TIRTC_TOKEN: tokenFor(DEVICE_ID) };
    const calling = run('talk_back', ['call', other, shorter.path], variables);
    expect(await calling.exit, calling.text).toBe(0);
    expect(await answering.exit, answering.text).toBe(0);
    for (const program of [calling, answering]) {
      expect(program.text).toMatch(/^heard 100 frames, 16000 bytes, every one as in /m);
      expect(program.lines).toContain('the other side heard everything');
      expect(program.lines).toContain('both sides heard everything');
    }
  });

  test('idle_many keeps its connections open and frees them all', async () => {
    const { service, endpoint } = await serve();
    const device = new Device({ deviceId: DEVICE_ID, deviceSecretKey: DEVICE_SECRET, endpoint, maxConnections: 64 });
    onTestFinished(() => device.close());
    await device.start();
    const wall = run('idle_many', [DEVICE_ID, '40'], { TIRTC_ENDPOINT: endpoint, TIRTC_TOKEN: tokenFor(DEVICE_ID) });
    await wall.line(/^40 connections are up$/);
    wall.interrupt('SIGINT');
    expect(await wall.exit, wall.text).toBe(0);
    expect(wall.lines).toContain('all connections were up, and all ended');
    await service.line(/"connectionClosed","connection":40,/);
    const opened = service.lines.filter((line) => line.includes('"connectionOpened"'));
    const credentials = opened.map((line) => (JSON.parse(line) as { credential: string }).credential);
    expect(credentials).toEqual(['token', ...Array.from({ length: 39 }, () => 'ticket')]);
  });

  test('service_request prints the answer of a route of the service', async () => {
    const routes = temporaryFile('routes.json', JSON.stringify({ 'POST /v1/foo': { data: { known: true } } }));
    const { endpoint } = await serve('--routes', routes);
    const ask = (path: string) =>
      new Program(['build/c/examples/c/service_request', path], { TIRTC_ENDPOINT: endpoint }, '{}');
    const [known, unknown] = [ask('/v1/foo'), ask('/v1/bar')];
    expect(await known.exit, known.text).toBe(0);
    expect(known.lines).toEqual(['{"known":true}']);
    expect(await unknown.exit).toBe(1);
    expect(unknown.text).toContain('POST /v1/bar: HTTP status 404');
  });
});
