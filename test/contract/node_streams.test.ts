import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { bytesFrom, bytesTo, framesFrom, framesTo } from '../../lib/stream/index.js';
import type { Frame, OutgoingFrame } from '../../lib/types/index.js';
import { MEDIA } from '../../lib/wire/index.js';
import {
  codeOf,
  connectionContract,
  connectPair,
  DIRECTIONS,
  deltaFrame,
  endOf,
  endsOf,
  keyFrame,
  pattern,
  soundFrame,
} from './support.js';

const PIECE_BYTES = 60_000;
/** More than all buffers between two ends hold. */
const PIECES = 1000;
/** The most that the stream and the events on their way to it can hold. */
const MOST_WAITING = 64 + Math.ceil((4 * 1024 * 1024) / PIECE_BYTES) + 10;

function* pieces(): Generator<OutgoingFrame> {
  const data = pattern(PIECE_BYTES);
  for (let timestampMs = 0; timestampMs < PIECES; timestampMs++) yield soundFrame({ timestampMs, data });
}

/** Wait until nothing moves, or everything has arrived. */
async function standsStill(count: () => number): Promise<void> {
  for (let quiet = 0, before = -1; quiet < 10 && count() < PIECES; before = count()) {
    await delay(20);
    quiet = count() === before ? quiet + 1 : 0;
  }
}

connectionContract('Node streams', (kind) => {
  describe.each(DIRECTIONS)('from %s', (direction) => {
    const receives = !(kind.blind === true && direction === 'device to client');

    it.runIf(receives)('a slow reader slows the peer down and loses nothing', { timeout: 60_000 }, async () => {
      const [from, to] = endsOf(await connectPair(kind), direction);
      const frames = framesFrom(to, 'audio');
      let written = 0;
      const counted = function* (): Generator<OutgoingFrame> {
        for (const piece of pieces()) {
          written += 1;
          yield piece;
        }
      };
      const sending = pipeline(Readable.from(counted()), framesTo(from, 'audio'));
      await standsStill(() => written);
      expect(written).toBeLessThan(PIECES);
      expect(frames.readableLength).toBeLessThan(MOST_WAITING);
      let next = 0;
      for await (const frame of frames as AsyncIterable<Frame>) {
        expect([frame.timestampMs, frame.data.length]).toEqual([next, PIECE_BYTES]);
        next += 1;
        if (next === PIECES) break;
      }
      await sending;
      expect(to.stats().droppedFrames).toBe(0);
    });

    it.runIf(receives)('bytes are cut into frames and joined again', async () => {
      const [from, to] = endsOf(await connectPair(kind), direction);
      const times: number[] = [];
      to.on('audio', ({ timestampMs }) => void times.push(timestampMs));
      const sound = bytesFrom(to, 'audio', { stream: 3 });
      const bytes = pattern(1000);
      const talkBack = bytesTo(from, { stream: 3, media: MEDIA.ALAW, frameBytes: 160, frameMs: 20, timestampMs: 5 });
      for (let at = 0; at < bytes.length; at += 77) talkBack.write(bytes.subarray(at, at + 77));
      talkBack.end();
      await once(talkBack, 'finish');
      from.sendAudio(soundFrame({ stream: 4, data: pattern(10) }));
      await from.close();
      const got: Buffer[] = [];
      for await (const chunk of sound) got.push(chunk);
      expect(Buffer.compare(Buffer.concat(got), bytes)).toBe(0);
      expect(times).toEqual([5, 25, 45, 65, 85, 105, 125, 0]);
    });

    it.runIf(receives)(
      'a stream ends with the peer, by its signal, and with an error when the link breaks',
      async () => {
        const pair = await connectPair(kind);
        const [, to] = endsOf(pair, direction);
        const controller = new AbortController();
        const stopped = framesFrom(to, 'video', { signal: controller.signal });
        const failed = once(stopped, 'error');
        controller.abort();
        expect((await failed)[0]).toMatchObject({ name: 'AbortError' });
        expect(to.state).toBe('open');
        const broken = framesFrom(to, 'video');
        const error = once(broken, 'error');
        pair.service.dropConnection(1);
        expect((await error)[0]).toMatchObject({ number: -40009 });
        const late = framesFrom(to, 'video');
        expect((await once(late, 'error'))[0]).toMatchObject({ number: -40009 });
      },
    );

    it('a destroyed stream releases the connection, which stays open', async () => {
      const [from, to] = endsOf(await connectPair(kind), direction);
      const writer = framesTo(from, 'message');
      writer.write({ stream: 0, timestampMs: 1, data: pattern(10) });
      writer.destroy();
      to.handle(0x4001, () => 'here');
      if (receives) {
        const reader = framesFrom(to, 'message', { highWaterMark: 0 });
        const arrived = new Promise((resolve) => to.once('message', resolve));
        from.sendMessage({ stream: 0, timestampMs: 2, data: pattern(10) });
        await arrived;
        reader.destroy();
      }
      expect(Buffer.from((await from.request(0x4001)).data).toString()).toBe('here');
    });

    it.runIf(receives)('a stream with an aborted signal fails and leaves nothing on the connection', async () => {
      const [, to] = endsOf(await connectPair(kind), direction);
      const listening = vi.spyOn(to, 'on');
      for (const make of [framesFrom, bytesFrom]) {
        const stream = make(to, 'audio', { stream: 1, signal: AbortSignal.abort() });
        expect((await once(stream, 'error'))[0]).toMatchObject({ name: 'AbortError' });
      }
      expect(listening).not.toHaveBeenCalled();
    });

    it('a writer gets the error of an invalid frame', async () => {
      const [from] = endsOf(await connectPair(kind), direction);
      const early = framesTo(from, 'video');
      early.write(deltaFrame());
      expect((await once(early, 'error'))[0]).toMatchObject({ code: 'BUSY' });
      const wrong = framesTo(from, 'video');
      wrong.write({ ...keyFrame(), stream: 16 });
      expect((await once(wrong, 'error'))[0]).toMatchObject({ code: 'INVALID_PARAMETER' });
      const ended = endOf(from);
      await from.close();
      await ended;
      const late = framesTo(from, 'video');
      late.write(keyFrame());
      expect((await once(late, 'error'))[0]).toMatchObject({ code: 'CONNECTION_CLOSED' });
    });
  });

  it('invalid options are refused', async () => {
    const { far } = await connectPair(kind);
    const media = MEDIA.ALAW;
    const calls: (() => unknown)[] = [
      () => framesFrom(far, 'vidoe' as never),
      () => framesFrom(far, 'video', { strem: 1 } as never),
      () => framesFrom(far, 'video', { stream: 16 }),
      () => framesFrom(far, 'video', { highWaterMark: -1 }),
      () => framesFrom(far, 'video', { signal: 5 as never }),
      () => bytesFrom(far, 'audio', {} as never),
      () => framesTo(far, 'sound' as never),
      () => framesTo(far, 'video', null as never),
      () => framesTo(far, 'video', { highWaterMark: -1 }),
      () => framesTo(far, 'video', { highWaterMark: '4' as never }),
      () => bytesTo(far, { stream: 16, media, frameBytes: 1, frameMs: 1 }),
      () => bytesTo(far, { stream: 0, media, frameBytes: 1, frameMs: 1, flags: 256 }),
      () => bytesTo(far, { stream: 0, media, frameBytes: 1, frameMs: 1, timestampMs: 'now' as never }),
      () => bytesTo(far, { stream: 0, media: 200, frameBytes: 1, frameMs: 1 }),
      () => bytesTo(far, { stream: 0, media, frameBytes: 0, frameMs: 1 }),
      () => bytesTo(far, { stream: 0, media, frameBytes: 1, frameMs: Number.NaN }),
    ];
    expect(calls.map(codeOf)).toEqual(calls.map(() => 'INVALID_PARAMETER'));
  });

  it.runIf(kind.blind === true)(
    'a stream over a WebSocket of a browser is refused, because it cannot be paused',
    async () => {
      const { near } = await connectPair(kind);
      expect(codeOf(() => framesFrom(near, 'video'))).toBe('INVALID_PARAMETER');
    },
  );
});
