import { describe, expect, test, vi } from 'vitest';
import { ErrorCode, TiRtcError } from '../../lib/errors/index.js';
import type { Frame, OutgoingFrame } from '../../lib/types/index.js';
import { KEY_FRAME_FLAG, MEDIA } from '../../lib/wire/index.js';
import { FakeClock } from '../support/fake_clock.js';
import { memoryPair } from '../support/memory_transport.js';

function video(fill: number, flags = 0, bytes = 10): OutgoingFrame {
  return { stream: 1, media: MEDIA.H264, flags, timestampMs: fill, data: new Uint8Array(bytes).fill(fill) };
}

async function collect(frames: AsyncIterable<Frame>): Promise<number[]> {
  const times: number[] = [];
  for await (const frame of frames) times.push(frame.timestampMs);
  return times;
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('frames', () => {
  test('frames arrive unchanged as events and in iterators of their class', async () => {
    const { left, right } = memoryPair();
    const got: [string, Frame][] = [];
    for (const kind of ['video', 'audio', 'message'] as const) right.on(kind, (frame) => got.push([kind, frame]));
    const iterator = right.frames('audio');
    left.sendVideo({ ...video(1, KEY_FRAME_FLAG), reserved: 9 });
    left.sendAudio({ stream: 2, media: MEDIA.ALAW, timestampMs: 2 ** 32 + 5, data: Uint8Array.of(1, 2) });
    left.sendMessage({ stream: 1, timestampMs: 3, data: Uint8Array.of(3) });
    await settle();
    expect(got.map(([kind]) => kind)).toEqual(['video', 'audio', 'message']);
    expect(got[0]?.[1]).toEqual({ ...video(1, KEY_FRAME_FLAG), reserved: 9 });
    expect(await iterator.next()).toMatchObject({ value: { stream: 2, timestampMs: 5, flags: 0, reserved: 0 } });
  });

  test('frames of another class or out of range are refused', () => {
    const { left } = memoryPair();
    const bad: (() => boolean)[] = [
      () => left.sendAudio(video(1)),
      () => left.sendVideo({ ...video(1), media: MEDIA.OPUS }),
      () => left.sendVideo({ ...video(1), media: 128 }),
      () => left.sendVideo({ ...video(1), stream: 16 }),
      () => left.sendVideo({ ...video(1), stream: -1 }),
      () => left.sendVideo({ ...video(1), flags: 256 }),
      () => left.sendVideo({ ...video(1), timestampMs: Number.NaN }),
      () => left.sendVideo({ ...video(1), data: [1] as never }),
    ];
    for (const send of bad) expect(send).toThrow(expect.objectContaining({ number: ErrorCode.INVALID_PARAMETER }));
  });

  test('the sender may change the bytes of a frame after the call', async () => {
    const { left, right } = memoryPair();
    const data = Uint8Array.of(7);
    const arrived = new Promise<Frame>((resolve) => right.once('message', resolve));
    left.sendMessage({ stream: 0, timestampMs: 0, data });
    data[0] = 8;
    expect((await arrived).data).toEqual(Uint8Array.of(7));
  });
});

describe('iterators', () => {
  test('an iterator drops and counts video until the next key frame for which there is room', async () => {
    const { left, right } = memoryPair();
    const frames = right.frames('video', { maxItems: 2 });
    for (const [time, flags] of [
      [1, 1],
      [2, 0],
      [3, 0],
    ] as const) {
      left.sendVideo(video(time, flags));
    }
    await settle();
    expect((await frames.next()).value?.timestampMs).toBe(1);
    left.sendVideo(video(4));
    left.sendVideo(video(5, KEY_FRAME_FLAG));
    await settle();
    expect(right.stats()).toMatchObject({ droppedFrames: 2, droppedCommands: 0, commandRttMs: 7 });
    const rest = collect(frames);
    await right.close();
    expect(await rest).toEqual([2, 5]);
  });

  test('an iterator is also limited by bytes, and accepts one item of any size', async () => {
    const { left, right } = memoryPair();
    const frames = right.frames('message', { maxBytes: 100 });
    for (const [time, bytes] of [
      [1, 500],
      [2, 1],
    ] as const) {
      left.sendMessage({ stream: 0, timestampMs: time, data: new Uint8Array(bytes) });
    }
    await settle();
    expect((await frames.next()).value?.timestampMs).toBe(1);
    left.sendMessage({ stream: 0, timestampMs: 3, data: new Uint8Array(100) });
    await settle();
    expect((await frames.next()).value?.timestampMs).toBe(3);
    expect(right.stats().droppedFrames).toBe(1);
  });

  test('an iterator can be of one stream, is ended by its signal, and no longer counts after a break', async () => {
    const { left, right } = memoryPair();
    const abort = new AbortController();
    const times = collect(right.frames('video', { stream: 2, signal: abort.signal }));
    left.sendVideo(video(1, KEY_FRAME_FLAG));
    left.sendVideo({ ...video(2, KEY_FRAME_FLAG), stream: 2 });
    await settle();
    abort.abort();
    expect(await times).toEqual([2]);
    for await (const _ of right.frames('video', { signal: abort.signal })) expect.unreachable();
    left.sendVideo(video(3));
    await settle();
    expect(right.stats().droppedFrames).toBe(0);
  });

  test('an iterator ends when the peer closes and throws when the connection breaks', async () => {
    for (const [number, outcome] of [
      [ErrorCode.CONN_REMOTECLOSE, 'ends'],
      [ErrorCode.CONN_OTHER_ERROR, 'throws'],
    ] as const) {
      const { left, right } = memoryPair();
      const times = collect(right.frames('message'));
      left.sendMessage({ stream: 0, timestampMs: 1, data: new Uint8Array(1) });
      await settle();
      right.deliverFailed(new TiRtcError({ what: 'test', number }));
      if (outcome === 'ends') expect(await times).toEqual([1]);
      else await expect(times).rejects.toMatchObject({ number });
    }
  });

  test('an iterator over commands returns commands without a handler', async () => {
    const { left, right } = memoryPair();
    right.handle(0x4001, () => undefined);
    const commands = right.commands({ maxItems: 1 });
    left.sendCommand({ command: 0x4001, sequenceNumber: 1 });
    left.sendCommand({ command: 0x4002, sequenceNumber: 2 });
    left.sendCommand({ command: 0x4002, sequenceNumber: 3 });
    await settle();
    expect((await commands.next()).value?.sequenceNumber).toBe(2);
    expect(right.stats().droppedCommands).toBe(1);
  });
});

describe('back-pressure', () => {
  test('a send returns false to wait, drain is emitted to continue, and a frame that does not fit is BUSY', () => {
    const { left, leftTransport } = memoryPair();
    const drained = vi.fn();
    left.on('drain', drained);
    leftTransport.hold();
    expect(left.sendVideo(video(1, KEY_FRAME_FLAG, 200_000))).toBe(true);
    expect(left.sendVideo(video(2, 0, 200_000))).toBe(false);
    expect(left.bufferedBytes).toBe(400_024);
    expect(() => left.sendVideo(video(3, 0, 700_000))).toThrow(
      expect.objectContaining({ code: 'BUSY', retryable: true }),
    );
    expect(drained).not.toHaveBeenCalled();
    leftTransport.flow();
    expect(drained).toHaveBeenCalledTimes(1);
    expect(left.bufferedBytes).toBe(0);
  });
});

describe('subscriptions', () => {
  test('subscribes are accepted by default and emitted as subscribed', async () => {
    const { left, right } = memoryPair();
    const news: unknown[] = [];
    right.on('subscribed', (stream, kind) => news.push(['subscribed', stream, kind]));
    right.on('unsubscribed', (stream, kind) => news.push(['unsubscribed', stream, kind]));
    right.on('keyFrameRequested', (stream) => news.push(['keyFrame', stream]));
    await left.subscribeVideo(3);
    await left.subscribeAudio(4);
    left.requestKeyFrame(3);
    left.unsubscribeVideo(3);
    left.unsubscribeAudio(4);
    await settle();
    expect(news).toEqual([
      ['subscribed', 3, 'video'],
      ['subscribed', 4, 'audio'],
      ['keyFrame', 3],
      ['unsubscribed', 3, 'video'],
      ['unsubscribed', 4, 'audio'],
    ]);
  });

  test('subscribes are refused by false, by a status and by a failing handler', async () => {
    const { left, right } = memoryPair();
    const errors: unknown[] = [];
    right.on('error', (error) => errors.push(error));
    right.onSubscribe((stream) => {
      if (stream === 0) return false;
      if (stream === 1) return -40006;
      throw new Error('broken');
    });
    await expect(left.subscribeVideo(0)).rejects.toMatchObject({ code: 'SUBSCRIBE_REFUSED', number: -40012 });
    await expect(left.subscribeAudio(1)).rejects.toMatchObject({ code: 'SUBSCRIBE_REFUSED', number: -40006 });
    await expect(left.subscribeVideo(2)).rejects.toMatchObject({ code: 'SUBSCRIBE_REFUSED' });
    expect(errors).toHaveLength(1);
    right.onSubscribe(undefined);
    await left.subscribeVideo(2);
  });

  test('a subscribe rejects at once for an invalid stream, and at its timeout without an answer', async () => {
    const clock = new FakeClock();
    const { left, leftTransport } = memoryPair(clock);
    await expect(left.subscribeVideo(16)).rejects.toMatchObject({ code: 'INVALID_PARAMETER' });
    leftTransport.hold();
    const subscribe = left.subscribeVideo(1, { timeoutMs: 100 });
    clock.advance(100);
    await expect(subscribe).rejects.toMatchObject({ code: 'TIMEOUTED' });
  });
});

describe('the end', () => {
  test('close() emits closed once without an error, and further calls return the same promise', async () => {
    const { left, leftTransport } = memoryPair();
    const closed = vi.fn();
    left.on('closed', closed);
    const first = left.close();
    expect(left.close()).toBe(first);
    expect(left.state).toBe('closing');
    await left[Symbol.asyncDispose]();
    expect(left.state).toBe('closed');
    expect(closed.mock.calls).toEqual([[undefined]]);
    expect(leftTransport.closeCalls).toBe(1);
    expect(() => left.sendVideo(video(1, KEY_FRAME_FLAG))).toThrow(
      expect.objectContaining({ code: 'CONNECTION_CLOSED' }),
    );
  });

  test('a failure emits closed once, keeps the error, frees the link and refuses sends with that error', async () => {
    const { left, leftTransport } = memoryPair();
    const closed = vi.fn();
    left.on('closed', closed);
    const error = new TiRtcError({ what: 'the peer fell silent', number: ErrorCode.CONN_TIMEOUTCLOSE });
    left.deliverFailed(error);
    left.deliverFailed(new TiRtcError({ what: 'again', number: ErrorCode.CONN_OTHER_ERROR }));
    expect(left).toMatchObject({ state: 'closed', error });
    expect(() => left.requestKeyFrame(1)).toThrow(error);
    await left.close();
    expect(closed.mock.calls).toEqual([[error]]);
    expect(leftTransport.closeCalls).toBe(1);
  });

  test('after the end, new iterators end at once and nothing more is delivered', async () => {
    const { left, right } = memoryPair();
    const got = vi.fn();
    right.on('message', got);
    void right.close();
    left.sendMessage({ stream: 0, timestampMs: 0, data: new Uint8Array(1) });
    await settle();
    expect(got).not.toHaveBeenCalled();
    expect(await collect(right.frames('message'))).toEqual([]);
  });
});
