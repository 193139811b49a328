import type { MediaSource } from '../media/index.js';
import type { Clock, OutgoingFrame, Timer } from '../types/index.js';
import { KEY_FRAME_FLAG } from '../wire/index.js';

/** After a longer delay the player continues from where it is instead of sending the missed frames in a burst. */
const MAX_LAG_MS = 1000;
/** A frame that is due in less than this is sent now: it saves a timer and evens out rounding. */
const MAX_EARLY_MS = 0.5;

export interface StreamPlayerOptions {
  readonly source: MediaSource;
  readonly stream: number;
  /** Start again at the end. */
  readonly loop: boolean;
  readonly clock: Clock;
  /** The clock at timestamp 0. Streams with the same epoch are in sync. */
  readonly epochMs: number;
  /** Where the counters start. */
  readonly earlier?: StreamPlayerStats | undefined;
  /** Send a frame. Returns false if it did not fit. */
  readonly send: (frame: OutgoingFrame) => boolean;
  /** Called after the last frame; not after stop(). */
  readonly onEnd: () => void;
}

export interface StreamPlayerStats {
  readonly sentFrames: number;
  readonly sentKeyFrames: number;
  readonly sentBytes: number;
  /** Frames that were due and did not fit, or that depend on one that did not fit. */
  readonly skippedFrames: number;
}

const NO_STATS: StreamPlayerStats = { sentFrames: 0, sentKeyFrames: 0, sentBytes: 0, skippedFrames: 0 };

/** Plays a source to one peer as a camera does: each frame at its time, starting with a key frame, and with another key frame on
 *  request. The time of each frame is computed from the start, so that delays of timers do not add up. */
export class StreamPlayer {
  readonly #options: StreamPlayerOptions;
  #index: number;
  /** The clock at which the first frame of the source was due, as if it had been played from there. */
  #originMs: number;
  #timer: Timer | undefined;
  #keyFrameAsked = false;
  /** A video frame was skipped, so frames are useless until the next key frame. */
  #broken = false;
  readonly #stats: { -readonly [Name in keyof StreamPlayerStats]: StreamPlayerStats[Name] };

  /** Starts at once with the first key frame of the source. */
  constructor(options: StreamPlayerOptions) {
    this.#options = options;
    const { source, clock, earlier = NO_STATS } = options;
    this.#stats = { ...earlier };
    this.#index = firstKeyFrame(source, 0) ?? 0;
    this.#originMs = clock.nowMs() - source.startMs(this.#index);
    this.#timer = clock.startTimer(0, this.#tick);
  }

  get kind(): MediaSource['kind'] {
    return this.#options.source.kind;
  }

  get isPlaying(): boolean {
    return this.#timer !== undefined;
  }

  get stats(): StreamPlayerStats {
    return this.#stats;
  }

  /** Continue with the next key frame of the source. */
  requestKeyFrame(): void {
    this.#keyFrameAsked = true;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  readonly #tick = (): void => {
    const { source, clock, onEnd } = this.#options;
    const nowMs = clock.nowMs();
    const lagMs = nowMs - this.#dueMs();
    if (lagMs > MAX_LAG_MS) this.#originMs += lagMs;
    while (this.#timer !== undefined && this.#dueMs() <= nowMs + MAX_EARLY_MS) {
      if (this.#index < source.frameCount) this.#play();
      else if (this.#options.loop) this.#rewind();
      else {
        this.stop();
        onEnd();
      }
    }
    if (this.#timer === undefined) return;
    this.#timer = clock.startTimer(Math.ceil(this.#dueMs() - MAX_EARLY_MS - nowMs), this.#tick);
  };

  /** Returns when the frame at the index is due, or the end. */
  #dueMs(): number {
    const { source } = this.#options;
    return this.#originMs + (this.#index < source.frameCount ? source.startMs(this.#index) : source.durationMs);
  }

  #play(): void {
    const { source } = this.#options;
    if (this.#keyFrameAsked) this.#seekKeyFrame();
    const keyFrame = source.isKeyFrame(this.#index);
    if (this.#broken && !keyFrame) this.#stats.skippedFrames += 1;
    else this.#send(keyFrame);
    this.#index += 1;
  }

  #send(keyFrame: boolean): void {
    const { source, stream, epochMs, send } = this.#options;
    const isVideo = source.kind === 'video';
    const data = source.data(this.#index);
    const sent = send({
      stream,
      media: source.media,
      flags: isVideo && keyFrame ? source.flags | KEY_FRAME_FLAG : source.flags,
      timestampMs: Math.round(this.#dueMs() - epochMs),
      data,
    });
    this.#broken = isVideo && !sent;
    if (!sent) {
      this.#stats.skippedFrames += 1;
      return;
    }
    if (keyFrame) this.#keyFrameAsked = false;
    this.#stats.sentFrames += 1;
    this.#stats.sentKeyFrames += Number(isVideo && keyFrame);
    this.#stats.sentBytes += data.length;
  }

  /** Start again at the first key frame, which need not be the first frame of the file. */
  #rewind(): void {
    const dueMs = this.#dueMs();
    this.#index = firstKeyFrame(this.#options.source, 0) ?? 0;
    this.#originMs = dueMs - this.#options.source.startMs(this.#index);
  }

  /** Go to the next key frame; after the last one, to the first in a loop, else to the last. It is played when the frame at the
   *  index was due, so that time does not jump. */
  #seekKeyFrame(): void {
    const { source, loop } = this.#options;
    const dueMs = this.#dueMs();
    this.#index = firstKeyFrame(source, this.#index) ?? (loop ? firstKeyFrame(source, 0) : lastKeyFrame(source)) ?? 0;
    this.#originMs = dueMs - source.startMs(this.#index);
  }
}

function firstKeyFrame(source: MediaSource, from: number): number | undefined {
  for (let index = from; index < source.frameCount; index++) if (source.isKeyFrame(index)) return index;
  return undefined;
}

function lastKeyFrame(source: MediaSource): number | undefined {
  for (let index = source.frameCount - 1; index >= 0; index--) if (source.isKeyFrame(index)) return index;
  return undefined;
}
