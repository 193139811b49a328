import { describe, expect, it } from 'vitest';
import { StreamPlayer, type StreamPlayerOptions } from '../../lib/cast/stream_player.js';
import { Clip, type MediaSource } from '../../lib/media/index.js';
import type { OutgoingFrame } from '../../lib/types/index.js';
import { MEDIA } from '../../lib/wire/index.js';
import { FakeClock } from '../support/fake_clock.js';

/** Pictures at 15 per second, named by their index; `K` is a key frame. */
function clip(pattern: string): MediaSource {
  const frames = [...pattern].map((letter, index) => ({
    data: Uint8Array.of(index),
    keyFrame: letter === 'K',
    startMs: (index * 1000) / 15,
  }));
  return new Clip({ kind: 'video', media: MEDIA.H264, flags: 0, frames, durationMs: (pattern.length * 1000) / 15 });
}

function play(source: MediaSource, options: Partial<StreamPlayerOptions> = {}, clock = new FakeClock()) {
  const sent: (OutgoingFrame & { readonly atMs: number })[] = [];
  const state = { ended: 0, room: true };
  const player = new StreamPlayer({
    source,
    stream: 3,
    loop: false,
    clock,
    epochMs: clock.nowMs(),
    send: (frame) => {
      if (state.room) sent.push({ ...frame, data: Uint8Array.from(frame.data), atMs: clock.nowMs() });
      return state.room;
    },
    onEnd: () => {
      state.ended += 1;
    },
    ...options,
  });
  return { clock, player, sent, state, shown: () => sent.map(({ data }) => data[0]) };
}

describe('a stream player', () => {
  it('sends each frame at its time, marks key frames, and ends once', () => {
    const { clock, sent, state, player } = play(clip('KppK'));
    clock.advance(0);
    expect(sent).toEqual([{ stream: 3, media: MEDIA.H264, flags: 1, timestampMs: 0, data: Uint8Array.of(0), atMs: 0 }]);
    clock.advance(10_000);
    expect(sent.map(({ flags }) => flags)).toEqual([1, 0, 0, 1]);
    expect(sent.map(({ timestampMs }) => timestampMs)).toEqual([0, 67, 133, 200]);
    expect(sent.every(({ atMs, timestampMs }) => atMs >= timestampMs - 1 && atMs <= timestampMs + 1)).toBe(true);
    expect(state.ended).toBe(1);
    expect(player.isPlaying).toBe(false);
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not drift: after an hour it is exactly as late as after a second', () => {
    const { clock, sent } = play(clip('Kpppp'), { loop: true });
    for (let at = 0; at < 3600; at++) clock.advance(1000);
    expect(sent.length).toBe(3600 * 15 + 1);
    const last = sent.at(-1);
    expect(last?.timestampMs).toBe(3_600_000);
    expect(last?.atMs).toBe(3_600_000);
  });

  it('catches up when timers fire late', () => {
    const { clock, sent } = play(clip('Kpppppppp'));
    const late = new (class extends FakeClock {
      override startTimer(delayMs: number, callback: () => void) {
        return super.startTimer(delayMs + 250, callback);
      }
    })();
    clock.advance(0);
    expect(sent).toHaveLength(1);
    const other = play(clip('Kpppppppp'), {}, late);
    late.advance(260);
    expect(other.shown()).toEqual([0, 1, 2, 3]);
    late.advance(260);
    expect(other.sent.map(({ timestampMs }) => timestampMs)).toEqual([0, 67, 133, 200, 267, 333, 400, 467]);
  });

  it('continues from where it is after a long pause, without a burst', () => {
    let pauseMs = 0;
    const clock = new (class extends FakeClock {
      override nowMs() {
        return super.nowMs() + pauseMs;
      }
    })();
    const { sent, shown } = play(clip('Kppppppp'), {}, clock);
    clock.advance(70);
    pauseMs = 60_000;
    clock.advance(70);
    expect(shown()).toEqual([0, 1, 2]);
    expect(sent[2]?.timestampMs).toBeGreaterThan(60_000);
    clock.advance(70);
    expect(shown()).toEqual([0, 1, 2, 3]);
    expect((sent[3]?.timestampMs ?? 0) - (sent[2]?.timestampMs ?? 0)).toBeLessThanOrEqual(67);
  });

  it('loops without a gap', () => {
    const { clock, sent, shown } = play(clip('Kpp'), { loop: true });
    clock.advance(400);
    expect(shown()).toEqual([0, 1, 2, 0, 1, 2, 0]);
    expect(sent.map(({ timestampMs }) => timestampMs)).toEqual([0, 67, 133, 200, 267, 333, 400]);
  });

  it('starts with the first key frame in each round', () => {
    const { clock, sent, shown } = play(clip('ppKp'), { loop: true });
    clock.advance(280);
    expect(shown()).toEqual([2, 3, 2, 3, 2]);
    expect(sent.map(({ timestampMs }) => timestampMs)).toEqual([0, 67, 133, 200, 267]);
  });

  it('stops at once', () => {
    const { clock, player, sent, state } = play(clip('Kpp'));
    clock.advance(10);
    player.stop();
    clock.advance(1000);
    expect(sent).toHaveLength(1);
    expect(state.ended).toBe(0);
  });

  it('may be stopped from inside a send', () => {
    const clock = new FakeClock();
    let count = 0;
    const { player } = play(
      clip('KKK'),
      {
        send: () => {
          count += 1;
          player.stop();
          return false;
        },
      },
      clock,
    );
    clock.advance(1000);
    expect(count).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a requested key frame', () => {
  it('is the next frame, and the times continue as before', () => {
    const { clock, player, sent, shown } = play(clip('KpppppKpp'));
    clock.advance(70);
    player.requestKeyFrame();
    clock.advance(200);
    expect(shown()).toEqual([0, 1, 6, 7, 8]);
    expect(sent.map(({ flags }) => flags)).toEqual([1, 0, 1, 0, 0]);
    expect(sent.map(({ timestampMs }) => timestampMs)).toEqual([0, 67, 133, 200, 267]);
  });

  it('is taken from the next round in a loop, otherwise from an earlier place', () => {
    const looped = play(clip('Kppp'), { loop: true });
    looped.clock.advance(70);
    looped.player.requestKeyFrame();
    looped.clock.advance(140);
    expect(looped.shown()).toEqual([0, 1, 0, 1]);
    const once = play(clip('KpKppp'));
    once.clock.advance(210);
    once.player.requestKeyFrame();
    once.clock.advance(70);
    expect(once.shown()).toEqual([0, 1, 2, 3, 2]);
  });

  it('is sent once', () => {
    const { clock, player, shown } = play(clip('KpKpp'));
    player.requestKeyFrame();
    player.requestKeyFrame();
    clock.advance(140);
    expect(shown()).toEqual([0, 1, 2]);
  });
});

describe('when a frame does not fit', () => {
  it('video skips to the next key frame, and audio skips only that frame', () => {
    const { clock, player, state, shown } = play(clip('KppppKpp'));
    clock.advance(70);
    state.room = false;
    clock.advance(70);
    state.room = true;
    clock.advance(1000);
    expect(shown()).toEqual([0, 1, 5, 6, 7]);
    expect(player.stats).toEqual({ sentFrames: 5, sentKeyFrames: 2, sentBytes: 5, skippedFrames: 3 });
    const frames = [0, 1, 2].map((index) => ({ data: Uint8Array.of(index), startMs: index * 20, keyFrame: true }));
    const sound = play(new Clip({ kind: 'audio', media: MEDIA.ALAW, flags: 0, frames, durationMs: 60 }));
    sound.clock.advance(0);
    sound.state.room = false;
    sound.clock.advance(20);
    sound.state.room = true;
    sound.clock.advance(20);
    expect(sound.shown()).toEqual([0, 2]);
    expect(sound.sent.map(({ flags }) => flags)).toEqual([0, 0]);
  });

  it('a requested key frame is tried again', () => {
    const { clock, player, state, shown } = play(clip('KppKpKpp'));
    clock.advance(0);
    player.requestKeyFrame();
    state.room = false;
    clock.advance(67);
    state.room = true;
    clock.advance(67);
    expect(shown()).toEqual([0, 5]);
  });
});
