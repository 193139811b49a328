import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { serveClient } from '../../examples/demo/camera.js';
import type { Clip } from '../../examples/demo/clip.js';
import { Device } from '../../lib/device/index.js';
import {
  DEVICE_ID,
  DEVICE_SECRET,
  LANGUAGES,
  type Language,
  PATIENT,
  type Program,
  runExample,
  serve,
  shortClip,
  startService,
  tokenFor,
} from './support.js';

/** Starts a native device that plays `clip` to every client; returns the endpoint of its service. */
async function startCamera(clip: Clip): Promise<string> {
  const { endpoint } = await serve();
  const device = new Device({ deviceId: DEVICE_ID, deviceSecretKey: DEVICE_SECRET, endpoint });
  onTestFinished(() => device.close());
  device.on('connection', (connection) =>
    serveClient(connection, { clip, speed: 20, onSubscribed: () => {}, onProgress: () => {} }),
  );
  await device.start();
  return endpoint;
}

function runClient(language: Language, endpoint: string, clip: Clip, token = tokenFor(DEVICE_ID)): Program {
  const variables = { TIRTC_ENDPOINT: endpoint, TIRTC_TOKEN: token };
  return runExample(language, 'connect_client', [DEVICE_ID, clip.video.path, clip.audio.path], variables);
}

describe.each(LANGUAGES)('connect_client in %s', PATIENT, (language) => {
  test('connect_client exits with 0 when every byte matches and the command is echoed', async () => {
    const clip = shortClip();
    const client = runClient(language, await startCamera(clip), clip);
    expect(await client.exit, client.text).toBe(0);
    expect(client.text).toMatch(/^connected +to camera-1 in \d+ ms$/m);
    expect(client.text).toMatch(
      new RegExp(`^video +30 frames, ${clip.video.file.length} bytes in \\d+ ms, every byte`, 'm'),
    );
    expect(client.text).toMatch(/^audio +100 frames, 16000 bytes in \d+ ms, every byte/m);
    expect(client.text).toMatch(/^command +.*"hello from \w+" came back in [\d.]+ ms$/m);
    expect(client.text).toMatch(/^disconnected/m);
    expect(client.lines.at(-1)).toBe('everything matched');
  });

  test('connect_client names the frame of the first byte that differs', async () => {
    const clip = shortClip();
    const endpoint = await startCamera(clip);
    const file = readFileSync(clip.audio.path);
    file.writeUInt8(file.readUInt8(1700) ^ 1, 1700);
    writeFileSync(clip.audio.path, file);
    const client = runClient(language, endpoint, clip);
    expect(await client.exit).toBe(1);
    expect(client.text).toMatch(/^audio: frame 11, at byte 1600.* differs from the file$/m);
    expect(client.lines).not.toContain('everything matched');
  });

  test('connect_client prints why a token was refused, without the token', async () => {
    const clip = shortClip();
    const token = tokenFor(DEVICE_ID, { issuedAt: 1 });
    const client = runClient(language, await startCamera(clip), clip, token);
    expect(await client.exit).toBe(1);
    expect(client.text).toContain('-40012');
    expect(client.text).toContain('expired');
    expect(client.text).not.toContain(token);
  });

  test('connect_client says that the device is not online', async () => {
    const { endpoint } = await startService();
    const client = runClient(language, endpoint, shortClip());
    expect(await client.exit).toBe(1);
    expect(client.text).toMatch(/-40008/);
    expect(client.text).toMatch(/offline|not online/);
  });

  test('connect_client names the endpoint variable when it is missing', async () => {
    const client = runClient(language, '', shortClip());
    expect(await client.exit).not.toBe(0);
    expect(client.text).toContain('TIRTC_ENDPOINT');
  });

  test('connect_client names the token variable when it is missing, and prints its usage', async () => {
    const variables = { TIRTC_ENDPOINT: 'http://127.0.0.1:1' };
    const args = [DEVICE_ID, 'video', 'audio'];
    const withoutToken = runExample(language, 'connect_client', args, variables);
    const withoutFiles = runExample(language, 'connect_client', [DEVICE_ID], variables);
    expect(await withoutToken.exit).toBe(2);
    expect(withoutToken.text).toContain('TIRTC_TOKEN is not set');
    expect(await withoutFiles.exit).toBe(2);
    expect(withoutFiles.text).toContain('DEVICE_ID VIDEO_FILE AUDIO_FILE');
  });

  test('connect_client names a file that cannot be read', async () => {
    const clip = shortClip();
    const missing = { ...clip, video: { ...clip.video, path: '/nowhere/video.h264' } };
    const client = runClient(language, 'http://127.0.0.1:1', missing);
    expect(await client.exit).not.toBe(0);
    expect(client.text).toContain('/nowhere/video.h264');
  });
});

test('connect_client in C disconnects cleanly when it is interrupted', PATIENT, async () => {
  const clip = shortClip();
  const { endpoint } = await startService();
  const device = new Device({ deviceId: DEVICE_ID, deviceSecretKey: DEVICE_SECRET, endpoint });
  onTestFinished(() => device.close());
  device.on('connection', () => {}); // subscriptions are accepted, and nothing is sent
  await device.start();
  const client = runClient('C', endpoint, clip);
  await client.line(/^subscribed/);
  client.interrupt('SIGINT');
  expect(await client.exit).toBe(1);
  expect(client.text).toMatch(/^disconnected +after 0 of \d+ bytes of video/m);
});
