import { describe, expect, it } from 'vitest';
import type { DeviceConnection, LentFrame, LentFrames } from '../../lib/device/index.js';
import type { OutgoingFrame } from '../../lib/types/index.js';
import { KEY_FRAME_FLAG, MEDIA } from '../../lib/wire/index.js';
import { makeDevice, next, startService, tokenFor } from './support.js';

/** How to make connections between two devices; each call makes one more. */
async function startPair() {
  const { endpoint } = await startService(['cam']);
  const device = makeDevice(endpoint, 'cam', { maxSendBufferBytes: 8 * 1024 * 1024 });
  const client = makeDevice(endpoint);
  await Promise.all([device.start(), client.start()]);
  return async () => {
    const accepted = next(device, 'connection');
    const near = await client.connect({ remoteId: 'cam', token: tokenFor('cam') });
    const [far] = await accepted;
    return { near, far };
  };
}

async function connectPair() {
  const connect = await startPair();
  return await connect();
}

function video(number: number, data: Uint8Array): OutgoingFrame {
  return { stream: 3, media: MEDIA.H264, flags: KEY_FRAME_FLAG, reserved: 7, timestampMs: number, data };
}

function audio(number: number): OutgoingFrame {
  return { stream: 4, media: MEDIA.ALAW, timestampMs: number, data: Uint8Array.of(number) };
}

function payload(number: number, size: number): Uint8Array {
  return new Uint8Array(size).fill(number);
}

/** Resolves once `call` was called with the number `last`. */
function until(last: number) {
  let resolve = (): void => {};
  const done = new Promise<void>((settle) => {
    resolve = settle;
  });
  const note = (number: number): void => {
    if (number === last) resolve();
  };
  return { done, note };
}

/** Take frames in either way; `take` is called for each. */
const WAYS: readonly (readonly [string, (connection: DeviceConnection, take: (frame: LentFrame) => void) => void])[] = [
  ['lendFrames()', (connection, take) => connection.lendFrames('video', take)],
  [
    'lendBatches()',
    (connection, take) =>
      connection.lendBatches('video', (frames) => {
        do take(frames);
        while (frames.next());
      }),
  ],
];

describe.each(WAYS)('%s', (_, lend) => {
  it('each frame is lent once, in order, with all its fields', async () => {
    const { near, far } = await connectPair();
    const sizes = [0, 1, 7, 1000, 100_000, 300_000, 40, 1024];
    const seen: unknown[] = [];
    const { done, note } = until(399);
    lend(near, (frame) => {
      const { stream, media, flags, reserved, timestampMs, size, data } = frame;
      const whole = data.length === size && data.every((byte) => byte === timestampMs % 256);
      seen.push([stream, media, flags, reserved, timestampMs, size, whole]);
      note(timestampMs);
    });
    for (let i = 0; i < 400; i++) {
      const size = sizes[i % sizes.length] as number;
      if (!far.sendVideo(video(i, payload(i, size)))) await new Promise<void>((resolve) => far.once('drain', resolve));
    }
    await done;
    const sent = Array.from({ length: 400 }, (_, i) => [3, MEDIA.H264, KEY_FRAME_FLAG, 7, i, sizes[i % 8], true]);
    expect(seen).toEqual(sent);
  });

  it('frames of the lent kind, and no others, are not emitted or iterated', async () => {
    const { near, far } = await connectPair();
    const seen: string[] = [];
    const { done, note } = until(20);
    near.on('video', () => seen.push('an event'));
    near.on('audio', ({ timestampMs }) => {
      seen.push(`audio ${timestampMs}`);
      note(timestampMs);
    });
    lend(near, ({ timestampMs }) => seen.push(`video ${timestampMs}`));
    for (let i = 1; i <= 20; i++) {
      far.sendVideo(video(i, payload(i, 100)));
      far.sendAudio(audio(i));
    }
    await done;
    expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => [`video ${i + 1}`, `audio ${i + 1}`]).flat());
  });

  it('frames of different connections are not mixed, even if they arrive together', async () => {
    const connect = await startPair();
    const pairs = [await connect(), await connect()];
    const seen: number[][] = [[], []];
    const dones = pairs.map(({ near }, which) => {
      const { done, note } = until(198 + which);
      lend(near, ({ timestampMs }) => {
        seen[which]?.push(timestampMs);
        note(timestampMs);
      });
      return done;
    });
    for (let i = 0; i < 200; i++) pairs[i % 2]?.far.sendVideo(video(i, payload(i, 10)));
    await Promise.all(dones);
    const sent = Array.from({ length: 200 }, (_, i) => i);
    expect(seen).toEqual([sent.filter((i) => i % 2 === 0), sent.filter((i) => i % 2 === 1)]);
  });

  it('an error of the handler is reported, and lending continues', async () => {
    const { near, far } = await connectPair();
    const errors: unknown[] = [];
    const { done, note } = until(3);
    near.on('error', (error) => errors.push((error as Error).message));
    lend(near, ({ timestampMs }) => {
      note(timestampMs);
      throw new Error(`frame ${timestampMs}`);
    });
    for (let i = 1; i <= 3; i++) {
      far.sendVideo(video(i, payload(i, 10)));
      await expect.poll(() => errors.length).toBe(i);
    }
    await done;
    expect(errors).toEqual(['frame 1', 'frame 2', 'frame 3']);
  });

  it('without the handler, frames are emitted as events again', async () => {
    const { near, far } = await connectPair();
    lend(near, () => {});
    near.lendFrames('video', undefined);
    const seen = new Promise<unknown>((resolve) => near.once('video', resolve));
    far.sendVideo(video(9, payload(9, 10)));
    expect(await seen).toMatchObject({ timestampMs: 9 });
  });
});

describe('lent frames', () => {
  it('a lent frame cannot be read after its handler has returned', async () => {
    const { near, far } = await connectPair();
    const kept = new Promise<LentFrames>((resolve) => near.lendBatches('video', resolve));
    far.sendVideo(video(1, payload(1, 10)));
    const frame = await kept;
    for (const name of ['data', 'size', 'timestampMs', 'stream'] as const) {
      expect(() => frame[name]).toThrow('read after its handler had returned');
    }
    expect(() => frame.next()).toThrow('read after its handler had returned');
  });

  it('lending ends with the connection, even in the middle of a batch', async () => {
    const { near, far } = await connectPair();
    let taken = 0;
    near.lendFrames('video', () => {
      taken += 1;
      if (taken === 2) void near.close();
    });
    for (let i = 0; i < 50; i++) far.sendVideo(video(i, payload(i, 100)));
    await new Promise((resolve) => far.once('closed', resolve));
    expect(taken).toBe(2);
  });

  it('the rest of a batch goes to the new handler, or to events, if the handler is replaced or removed', async () => {
    const { near, far } = await connectPair();
    const seen: string[] = [];
    const { done, note } = until(20);
    near.on('video', ({ timestampMs }) => {
      seen.push(`event ${timestampMs}`);
      note(timestampMs);
    });
    near.lendFrames('video', ({ timestampMs }) => {
      seen.push(`first ${timestampMs}`);
      near.lendFrames('video', (frame) => {
        seen.push(`second ${frame.timestampMs}`);
        near.lendFrames('video', undefined);
      });
    });
    for (let i = 1; i <= 20; i++) far.sendVideo(video(i, payload(i, 50)));
    await done;
    const rest = Array.from({ length: 18 }, (_, i) => `event ${i + 3}`);
    expect(seen).toEqual(['first 1', 'second 2', ...rest]);
  });

  it('data returns the same view each time, also for a large frame', async () => {
    const { near, far } = await connectPair();
    const read = new Promise<readonly Uint8Array[]>((resolve) =>
      near.lendFrames('video', (frame) => resolve([frame.data, frame.data])),
    );
    far.sendVideo(video(5, payload(5, 1_000_000)));
    const [one, two] = await read;
    expect(one).toHaveLength(1_000_000);
    expect(two).toBe(one);
  });

  it('the kind must exist and the handler must be a function', async () => {
    const { near } = await connectPair();
    expect(() => near.lendFrames('vide' as never, () => {})).toThrow('kind "vide" does not exist');
    expect(() => near.lendBatches('toString' as never, () => {})).toThrow('kind "toString" does not exist');
    expect(() => near.lendFrames('video', 7 as never)).toThrow('must be a function');
  });
});
