import { describe, expect, it } from 'vitest';
import type { DeviceOptions } from '../../lib/device/index.js';
import type { Frame } from '../../lib/types/index.js';
import { KEY_FRAME_FLAG, MEDIA } from '../../lib/wire/index.js';
import { makeDevice, next, startService, tokenFor } from './support.js';

async function connectPair(options: DeviceOptions = {}) {
  const { endpoint } = await startService(['cam']);
  const device = makeDevice(endpoint, 'cam', options);
  const client = makeDevice(endpoint, undefined, options);
  await Promise.all([device.start(), client.start()]);
  const accepted = next(device, 'connection');
  const near = await client.connect({ remoteId: 'cam', token: tokenFor('cam') });
  const [far] = await accepted;
  return { near, far };
}

/** Bytes that depend on their position. */
function pattern(size: number, seed: number): Buffer {
  const data = Buffer.allocUnsafe(size);
  for (let i = 0; i < size; i++) data[i] = (i * 31 + seed * 17) & 0xff;
  return data;
}

describe('media between two devices', () => {
  it('a frame of any size arrives unchanged, every byte and field', async () => {
    const { near, far } = await connectPair({ maxSendBufferBytes: 16 * 1024 * 1024 });
    const sizes = [0, 1, 7, 8, 2048, 4096, 131_072, 131_073, 250_000, 262_144, 1_000_000, 3_000_000];
    const frames = sizes.map((size, i) => ({
      stream: 3,
      media: MEDIA.H264,
      flags: KEY_FRAME_FLAG,
      reserved: i,
      timestampMs: 0xffff_fff0 + i,
      data: pattern(size, i),
    }));
    const received: Frame[] = [];
    const all = new Promise<void>((resolve) => {
      near.on('video', (frame) => {
        received.push(frame);
        if (received.length === frames.length) resolve();
      });
    });
    for (const frame of frames) far.sendVideo(frame);
    await all;
    for (const [i, frame] of frames.entries()) {
      const { data, ...fields } = received[i] as Frame;
      const { data: sent, ...expected } = frame;
      expect(fields).toEqual(expected);
      expect(Buffer.compare(data, sent)).toBe(0);
    }
  });

  it('a kept frame stays valid while many others arrive', async () => {
    const { near, far } = await connectPair({ maxSendBufferBytes: 64 * 1024 * 1024 });
    const kept: Uint8Array[] = [];
    const count = 2000;
    const all = new Promise<void>((resolve) => {
      near.on('audio', (frame) => {
        kept.push(frame.data);
        if (kept.length === count) resolve();
      });
    });
    for (let i = 0; i < count; i++) {
      far.sendAudio({ stream: 1, media: MEDIA.ALAW, timestampMs: i, data: pattern(1 + (i % 5000), i) });
    }
    await all;
    const spoiled = kept.filter((data, i) => Buffer.compare(data, pattern(1 + (i % 5000), i)) !== 0);
    expect(spoiled).toHaveLength(0);
  });

  it('a frame is copied when it is sent: later changes do not arrive', async () => {
    const { near, far } = await connectPair();
    const data = Buffer.from('first');
    const arrived = new Promise<Frame>((resolve) => void near.once('message', resolve));
    far.sendMessage({ stream: 0, timestampMs: 0, data });
    data.fill('x');
    expect(Buffer.from((await arrived).data).toString()).toBe('first');
  });

  it('subscribes, refusals and key frame requests reach the other side', async () => {
    const { near, far } = await connectPair();
    far.onSubscribe((stream) => stream === 1);
    const keyFrame = new Promise((resolve) => void far.once('keyFrameRequested', resolve));
    const subscribed = new Promise((resolve) => {
      far.once('subscribed', (stream, kind) => resolve([stream, kind]));
    });
    const unsubscribed = new Promise((resolve) => {
      far.once('unsubscribed', (stream, kind) => resolve([stream, kind]));
    });
    await near.subscribeVideo(1);
    expect(await subscribed).toEqual([1, 'video']);
    await expect(near.subscribeAudio(2)).rejects.toThrow();
    near.requestKeyFrame(1);
    expect(await keyFrame).toBe(1);
    near.unsubscribeAudio(5);
    expect(await unsubscribed).toEqual([5, 'audio']);
  });

  it('a video stream must start with a key frame', async () => {
    const { far } = await connectPair();
    const frame = { stream: 0, media: MEDIA.H264, timestampMs: 0, data: pattern(10, 0) };
    expect(() => far.sendVideo(frame)).toThrow(expect.objectContaining({ code: 'BUSY' }));
    expect(far.sendVideo({ ...frame, flags: KEY_FRAME_FLAG })).toBe(true);
    expect(far.sendVideo(frame)).toBe(true);
  });

  it('sends return false to wait and throw BUSY without room, and drain is emitted when there is room again', async () => {
    const { near, far } = await connectPair({ highWaterBytes: 100_000, maxSendBufferBytes: 1_000_000 });
    const frame = { stream: 0, media: MEDIA.PCM, timestampMs: 0, data: pattern(50_000, 1) };
    let received = 0;
    near.on('audio', () => {
      received += 1;
    });
    for (let round = 1; round <= 3; round++) {
      const drained = new Promise<void>((resolve) => void far.once('drain', resolve));
      let sent = 0;
      while (far.sendAudio(frame)) sent += 1;
      expect(far.bufferedBytes).toBeGreaterThan(100_000);
      expect(sent).toBeLessThanOrEqual(200);
      await drained;
      expect(far.bufferedBytes).toBeLessThanOrEqual(25_000);
    }
    const overfull = (): void => {
      for (let i = 0; i < 200; i++) far.sendAudio(frame);
    };
    expect(overfull).toThrow(expect.objectContaining({ code: 'BUSY' }));
    const marker = new Promise<void>((resolve) => void near.once('message', () => resolve()));
    await new Promise<void>((resolve) => void far.once('drain', resolve));
    far.sendMessage({ stream: 0, timestampMs: 0, data: pattern(1, 1) });
    await marker;
    expect(received).toBeGreaterThan(0);
  });
});
