import { describe, expect, it } from 'vitest';
import type { Frame } from '../../lib/types/index.js';
import {
  connectionContract,
  connectPair,
  DIRECTIONS,
  deltaFrame,
  endOf,
  endsOf,
  eventually,
  keyFrame,
  soundFrame,
} from './support.js';

async function timesOf(frames: AsyncIterable<Frame>): Promise<number[]> {
  const times: number[] = [];
  for await (const frame of frames) times.push(frame.timestampMs);
  return times;
}

connectionContract('iterators', (kind) => {
  describe.each(DIRECTIONS)('from %s', (direction) => {
    it('iterators return the frames of a class and stream in order until the peer closes', async () => {
      const [from, to] = endsOf(await connectPair(kind), direction);
      const all = timesOf(to.frames('video'));
      const second = timesOf(to.frames('video', { stream: 2 }));
      const sound = timesOf(to.frames('audio'));
      const messages = timesOf(to.frames('message'));
      for (let i = 0; i < 6; i++) {
        const stream = 1 + (i % 2);
        from.sendVideo(keyFrame({ stream, timestampMs: i }));
        from.sendAudio(soundFrame({ stream: 5, timestampMs: 10 + i }));
        from.sendMessage({ stream, timestampMs: 20 + i, data: new Uint8Array(1) });
      }
      await from.close();
      expect(await all).toEqual([0, 1, 2, 3, 4, 5]);
      expect(await second).toEqual([1, 3, 5]);
      expect(await sound).toEqual([10, 11, 12, 13, 14, 15]);
      expect(await messages).toEqual([20, 21, 22, 23, 24, 25]);
    });

    it('iterators drop and count data without room, and video until the next key frame that fits', async () => {
      const [from, to] = endsOf(await connectPair(kind), direction);
      const frames = to.frames('video', { maxItems: 2 });
      const sendAll = async (times: readonly number[], flags: 0 | 1): Promise<void> => {
        for (const timestampMs of times) from.sendVideo({ ...(flags ? keyFrame() : deltaFrame()), timestampMs });
        await from.subscribeVideo(0); /* behind the frames */
      };
      await sendAll([0], 1);
      await sendAll([1, 2], 0);
      await frames.next();
      await sendAll([3], 0);
      await sendAll([4], 1);
      const got = [await frames.next(), await frames.next()].map(({ value }) => (value as Frame).timestampMs);
      expect(got).toEqual([1, 4]);
      expect(to.stats().droppedFrames).toBe(2);
    });

    it('iterators end without an error at close(), by their signal and by return()', async () => {
      const [from, to] = endsOf(await connectPair(kind), direction);
      const controller = new AbortController();
      const bySignal = timesOf(to.frames('audio', { signal: controller.signal }));
      const byReturn = to.frames('audio');
      const byClose = timesOf(to.frames('audio'));
      from.sendAudio(soundFrame({ timestampMs: 1 }));
      expect(await byReturn.next()).toMatchObject({ done: false, value: { timestampMs: 1 } });
      await byReturn.return?.();
      expect(await byReturn.next()).toEqual({ done: true, value: undefined });
      controller.abort();
      expect(await bySignal).toEqual([1]);
      await to.close();
      expect(await byClose).toEqual([1]);
      expect(await timesOf(to.frames('audio'))).toEqual([]);
    });

    it('iterators return buffered data and then throw when the connection breaks', async () => {
      const pair = await connectPair(kind);
      const [from, to] = endsOf(pair, direction);
      const frames = to.frames('audio');
      from.sendAudio(soundFrame({ timestampMs: 7 }));
      await from.subscribeAudio(0);
      const ended = endOf(to);
      pair.service.dropConnection(pair.service.connections()[0]?.connection ?? -1);
      await ended;
      expect(await frames.next()).toMatchObject({ value: { timestampMs: 7 } });
      await expect(frames.next()).rejects.toMatchObject({ number: -40009 });
      expect(await frames.next()).toEqual({ done: true, value: undefined });
    });
  });

  it('stats() has the round trip times of the kinds in use', async () => {
    const { near, far } = await connectPair(kind, { service: { keepAliveMs: 20 } });
    for (const end of [near, far]) {
      await eventually(() => expect(end.stats().commandRttMs).toBeGreaterThan(0));
      expect(end.stats()).toMatchObject({ audioRttMs: 0, videoRttMs: 0, droppedFrames: 0, droppedCommands: 0 });
    }
    near.sendAudio(soundFrame());
    far.sendVideo(keyFrame());
    for (const end of [near, far]) {
      await eventually(() => {
        const { audioRttMs, videoRttMs, commandRttMs } = end.stats();
        expect(Math.min(audioRttMs, videoRttMs)).toBeGreaterThan(0);
        expect(Math.max(audioRttMs, videoRttMs, commandRttMs)).toBeLessThan(8000);
      });
    }
  });
});
