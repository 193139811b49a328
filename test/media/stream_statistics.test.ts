import { describe, expect, it } from 'vitest';
import { StreamStatistics } from '../../lib/media/stream_statistics.js';
import type { Frame } from '../../lib/types/index.js';
import { MEDIA } from '../../lib/wire/index.js';

const frame = (timestampMs: number, fields: Partial<Frame> = {}): Frame => ({
  stream: 0,
  media: MEDIA.H264,
  flags: 0,
  reserved: 0,
  timestampMs: timestampMs >>> 0,
  data: new Uint8Array(100),
  ...fields,
});

/** Frames with these timestamps that arrive on time. */
function receive(timestamps: readonly number[], fields: Partial<Frame> = {}) {
  const statistics = new StreamStatistics(0);
  const gaps = timestamps.map((ts) => statistics.receive(frame(ts, fields), ts - (timestamps[0] ?? 0)));
  return { statistics, gaps, report: statistics.report((timestamps.at(-1) ?? 0) - (timestamps[0] ?? 0)) };
}

const steps = (count: number, ms: number, from = 0): number[] =>
  Array.from({ length: count }, (_, i) => Math.round(from + i * ms));

describe('loss', () => {
  it('is 0 at a steady rate, also when timestamps wrap', () => {
    expect(receive(steps(40, 1000 / 15, 0xffff_ff00)).report).toMatchObject({ frames: 40, lostFrames: 0, loss: 0 });
  });

  it('is counted from gaps in the timestamps, once the rate is known', () => {
    const timestamps = steps(20, 1000 / 15).toSpliced(10, 3);
    const { gaps, report } = receive(timestamps);
    expect(gaps[10]).toEqual({ gapMs: 200, missingFrames: 3 });
    expect(gaps.filter(({ gapMs }) => gapMs > 0)).toHaveLength(1);
    expect(report).toMatchObject({ lostFrames: 3, loss: 3 / 20 });
  });

  it('is exact for audio from the second frame on', () => {
    const alaw = { media: MEDIA.ALAW, data: new Uint8Array(160) };
    expect(receive([0, 40, 60], alaw).gaps.map(({ missingFrames }) => missingFrames)).toEqual([0, 1, 0]);
    const pcm = { media: MEDIA.PCM, flags: 3, data: new Uint8Array(1280) };
    expect(receive([0, 20, 60], pcm).gaps.map(({ gapMs }) => gapMs)).toEqual([0, 0, 20]);
    const opus = { media: MEDIA.OPUS, data: Uint8Array.of(0xf9, 1) };
    expect(receive([0, 40, 160], opus).gaps.map(({ missingFrames }) => missingFrames)).toEqual([0, 0, 2]);
  });

  it('is not estimated before the rate is known or from timestamps that go back', () => {
    expect(receive([0, 500, 540]).report.lostFrames).toBe(0);
    expect(receive([...steps(10, 40), ...steps(10, 40)]).report.lostFrames).toBe(0);
  });
});

describe('rate and jitter', () => {
  it('the rate is measured over the last two seconds', () => {
    const { statistics, report } = receive(steps(101, 40));
    expect(report.framesPerSecond).toBeCloseTo(25, 0);
    expect(report.bitsPerSecond).toBeCloseTo(25 * 800, -3);
    expect(receive(steps(11, 40)).report.framesPerSecond).toBe(25);
    expect(statistics.report(10_000)).toMatchObject({ framesPerSecond: 0, bitsPerSecond: 0, frames: 101 });
  });

  it('jitter is smoothed as in RFC 3550', () => {
    const statistics = new StreamStatistics(0);
    let expected = 0;
    let last = 0;
    for (const [index, lateMs] of [0, 16, 0, 16, 16, 3].entries()) {
      statistics.receive(frame(index * 40), index * 40 + lateMs);
      if (index > 0) expected += (Math.abs(lateMs - last) - expected) / 16;
      last = lateMs;
    }
    expect(statistics.report(0).jitterMs).toBeCloseTo(expected, 10);
    expect(expected).toBeGreaterThan(2);
  });

  it('key frames and bytes are counted', () => {
    const statistics = new StreamStatistics(0);
    for (const flags of [1, 0, 0, 1]) statistics.receive(frame(0, { flags }), 0);
    expect(statistics.report(0)).toMatchObject({ frames: 4, keyFrames: 2, bytes: 400 });
  });
});
