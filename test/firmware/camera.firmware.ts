import { readFileSync } from 'node:fs';
import { type ClientConnection, connect, issueConnectToken } from 'tirtc-emulator';
import { SimulatedService } from 'tirtc-emulator/service';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { receiveFile } from '../../examples/ts/receive_file.js';
import { buildImage, checkTools, fetchLwip, type Machine } from './support/image.js';
import { Qemu } from './support/qemu.js';

const DEVICE = { deviceId: 'camera-1', deviceSecretKey: 'device-secret' };
const APP = { accessId: 'access-1', secretKey: 'app-secret' };
const VIDEO_STREAM = 10;
const FRAMES_PER_SECOND = 15;
const ECHO = 0x4001;
const END = 0x4002;
const clip = readFileSync(new URL('../../examples/media/testsrc2-320x240-15fps.h264', import.meta.url));

beforeAll(() => {
  checkTools();
  fetchLwip();
});

describe.each<Machine>(['an386', 'an505'])('the camera on mps2-%s', (machine) => {
  const service = new SimulatedService({
    devices: { [DEVICE.deviceId]: DEVICE.deviceSecretKey },
    apps: { [APP.accessId]: APP.secretKey },
    startKeepAliveMs: 500,
    startSilenceMs: 3000,
    keepAliveMs: 500,
    silenceMs: 3000,
  });
  let endpoint: string;
  let board: Qemu;

  const event = (name: 'deviceOnline' | 'deviceOffline' | 'connectionClosed') =>
    new Promise<void>((resolve) => service.once(name, () => resolve()));

  function connectClient(): Promise<ClientConnection> {
    const { deviceId: remoteId, deviceSecretKey } = DEVICE;
    const token = issueConnectToken({ ...APP, remoteId, deviceSecretKey, subject: 'user-1' });
    return connect({ endpoint, remoteId, token });
  }

  async function echo(connection: ClientConnection, text: string | Uint8Array): Promise<Buffer> {
    return Buffer.from((await connection.request(ECHO, text)).data);
  }

  beforeAll(async () => {
    const listening = await service.listen();
    endpoint = listening.endpoint;
    const image = buildImage(machine, { ...DEVICE, endpoint: `http://10.0.2.2:${listening.port}` });
    const online = event('deviceOnline');
    board = new Qemu(machine, image);
    await Promise.race([
      online,
      board.exited.then((code) => Promise.reject(new Error(`ended with ${code}: ${board.lines.join('\n')}`))),
    ]);
  });

  afterAll(async () => {
    await board?.stop();
    await service.close();
  });

  // The clip is twice the send buffer: if the network were slower than the clip, frames would be refused and missing.
  it('the camera streams its clip from flash at its rate, byte for byte', async () => {
    const connection = await connectClient();
    const frames = connection.frames('video', { stream: VIDEO_STREAM });
    await connection.subscribeVideo(VIDEO_STREAM);
    const received = await receiveFile('video', frames, clip);
    expect(received).toMatchObject({ frames: 120, bytes: clip.length });
    expect(received.ms).toBeLessThan(1.25 * ((1000 * 120) / FRAMES_PER_SECOND));
    await connection.close();
  });

  it('the camera answers small and large commands', async () => {
    const connection = await connectClient();
    expect((await echo(connection, 'hello')).toString()).toBe('hello');
    const large = Buffer.from(Uint8Array.from({ length: 30_000 }, (_, index) => index * 7));
    expect((await echo(connection, large)).equals(large)).toBe(true);
    await connection.close();
  });

  it('the camera is online again after its start link was cut, and keeps its connection', async () => {
    const connection = await connectClient();
    const back = event('deviceOnline');
    expect(service.dropStartLink(DEVICE.deviceId)).toBe(true);
    expect((await echo(connection, 'still here')).toString()).toBe('still here');
    await back;
    expect((await echo(connection, 'and still')).toString()).toBe('and still');
    await connection.close();
  });

  it('the camera is online again after a failure of the network', async () => {
    await connectClient();
    const [offline, closed] = [event('deviceOffline'), event('connectionClosed')];
    await board.setCable(false);
    await Promise.all([offline, closed]);
    const back = event('deviceOnline');
    await board.setCable(true);
    await back;
    const again = await connectClient();
    expect((await echo(again, 'back')).toString()).toBe('back');
    await again.close();
  });

  it('the camera ends cleanly at the command to end', async () => {
    const connection = await connectClient();
    await connection.request(END, '');
    expect(await board.exited).toBe(0);
    expect(board.lines).toContain('device started');
    expect(board.lines).toContain('service back');
    // TiRtcUninit() reports the end of the connection that was disconnected in its error.
    const ends = board.lines.filter((line) => ['device stopped', 'client gone'].includes(line));
    expect(ends.slice(-2)).toEqual(['device stopped', 'client gone']);
    await connection.close();
  });
});
