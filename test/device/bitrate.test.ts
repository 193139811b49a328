import { describe, expect, it, vi } from 'vitest';
import type { DeviceConnection } from '../../lib/device/index.js';
import type { OutgoingFrame } from '../../lib/types/index.js';
import { KEY_FRAME_FLAG, MEDIA } from '../../lib/wire/index.js';
import { makeDevice, next, startService, tokenFor } from './support.js';

const RANGE = { minBps: 100_000, maxBps: 4_000_000, startBps: 1_000_000 };

async function connectPair(maxSendBufferBytes = 524_288) {
  const { service, endpoint } = await startService(['cam']);
  const device = makeDevice(endpoint, 'cam', { maxSendBufferBytes });
  const client = makeDevice(endpoint);
  await Promise.all([device.start(), client.start()]);
  const accepted = next(device, 'connection');
  const near = await client.connect({ remoteId: 'cam', token: tokenFor('cam') });
  const [far] = await accepted;
  return { service, near, far };
}

/** The next rate recommended. */
function nextRate(connection: DeviceConnection, stream: number, range = RANGE): Promise<number> {
  return new Promise((resolve) => connection.recommendBitrate(stream, range, resolve));
}

function keyFrame(data: Uint8Array): OutgoingFrame {
  return { stream: 3, media: MEDIA.H264, flags: KEY_FRAME_FLAG, timestampMs: 0, data };
}

describe('recommendBitrate()', () => {
  it('the first rate is startBps, at either end and for each stream', async () => {
    const { near, far } = await connectPair();
    const rates = await Promise.all([
      nextRate(far, 3),
      nextRate(far, 15, { ...RANGE, startBps: 2_000_000 }),
      nextRate(near, 0, { ...RANGE, startBps: 4_000_000 }),
    ]);
    expect(rates).toEqual([1_000_000, 2_000_000, 4_000_000]);
  });

  it('the rate rises to maxBps while the network accepts everything, and not above', async () => {
    const { far } = await connectPair();
    const range = { minBps: 100_000, maxBps: 1_080_000, startBps: 1_000_000 };
    const rates: number[] = [];
    await new Promise<void>((resolve) => {
      far.recommendBitrate(3, range, (bps) => {
        if (rates.push(bps) === 2) resolve();
      });
    });
    expect(rates).toEqual([1_000_000, 1_080_000]);
  });

  it('the rate falls to minBps when sent data waits, and not below', async () => {
    const { service, far } = await connectPair(16 * 1024 * 1024);
    service.fault({ kind: 'stall', device: 'cam', link: 'accept', towards: 'service' });
    const range = { ...RANGE, minBps: 600_000 };
    const rates: number[] = [];
    const fallen = new Promise<void>((resolve) => {
      far.recommendBitrate(3, range, (bps) => {
        rates.push(bps);
        if (bps === range.minBps) resolve();
      });
    });
    for (let i = 0; i < 4; i++) far.sendVideo(keyFrame(new Uint8Array(4_000_000))); /* more than sockets hold */
    await fallen;
    expect(rates).toEqual(rates.toSorted((a, b) => b - a));
    expect(rates[0]).toBe(range.startBps);
  });

  it('a later call replaces range and handler', async () => {
    const { far } = await connectPair();
    const earlier = vi.fn();
    far.recommendBitrate(3, RANGE, earlier);
    const rates: number[] = [];
    await new Promise<void>((resolve) => {
      far.recommendBitrate(3, { ...RANGE, startBps: 3_000_000 }, (bps) => {
        rates.push(bps);
        if (bps === 3_000_000) resolve();
      });
    });
    /* A rate of the earlier range may have been on its way. */
    expect(rates.filter((bps) => bps !== RANGE.startBps)).toEqual([3_000_000]);
    expect(earlier).not.toHaveBeenCalled();
  });

  it('a handler that throws is reported, and rates continue', async () => {
    const { far } = await connectPair();
    const reported = new Promise((resolve) => void far.once('error', resolve));
    far.recommendBitrate(3, RANGE, () => {
      throw new Error('the encoder is gone');
    });
    expect(await reported).toMatchObject({ message: 'the encoder is gone' });
    expect(far.state).toBe('open');
  });

  it('arguments are accepted at their limits and refused beyond', async () => {
    const { far } = await connectPair();
    const handler = (): void => {};
    for (const [minBps, startBps, maxBps] of [
      [1, 1, 1],
      [1, 0xffff_ffff, 0xffff_ffff],
    ] as const) {
      far.recommendBitrate(0, { minBps, startBps, maxBps }, handler);
    }
    const invalid = expect.objectContaining({ code: 'INVALID_PARAMETER', number: -40003 });
    for (const [minBps, startBps, maxBps] of [
      [0, 1, 1],
      [2, 1, 2],
      [1, 2, 1],
      [1, 1, 2 ** 32],
      [1.5, 2, 3],
    ] as const) {
      expect(() => far.recommendBitrate(0, { minBps, startBps, maxBps }, handler)).toThrow(invalid);
    }
    for (const stream of [-1, 16, 0.5]) expect(() => far.recommendBitrate(stream, RANGE, handler)).toThrow(invalid);
    expect(() => far.recommendBitrate(0, RANGE, undefined as never)).toThrow(invalid);
    expect(() => far.recommendBitrate(0, { ...RANGE, min: 1 } as never, handler)).toThrow('has no "min"');
  });

  it('recommendBitrate() after the end throws the error that ended the connection', async () => {
    const { near, far } = await connectPair();
    const ended = new Promise((resolve) => void far.once('closed', resolve));
    await near.close();
    await ended;
    const code = (value: string) => expect.objectContaining({ code: value });
    expect(() => near.recommendBitrate(0, RANGE, () => {})).toThrow(code('CONNECTION_CLOSED'));
    expect(() => far.recommendBitrate(0, RANGE, () => {})).toThrow(code('PEER_CLOSED'));
  });
});
