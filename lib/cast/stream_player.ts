import type { MediaSource } from '../media/index.js';
import type { Clock, OutgoingFrame, Timer } from '../types/index.js';
import { KEY_FRAME_FLAG } from '../wire/index.js';

/** A program that was held up longer goes on from where it is instead of sending what it missed in a burst. */
const MAX_LAG_MS = 1000;
/** What is due in less is due: it saves a timer, and evens out what rounding leaves. */
const MAX_EARLY_MS = 0.5;

export interface StreamPlayerOptions {
  readonly source: MediaSource;
  readonly stream: number;
  /** Begin again at the end. */
  readonly loop: boolean;
  readonly clock: Clock;
  /** What the clock read at timestamp 0. Streams that have it in common are in sync. */
  readonly epochMs: number;
  /** Counts on from these. */
  readonly earlier?: StreamPlayerStats | undefined;
  /** Give a frame to the connection. False: there was no room for it. */
  readonly send: (frame: OutgoingFrame) => boolean;
  /** The last frame has been played; not called after stop(). */
  readonly onEnd: () => void;
}

export interface StreamPlayerStats {
  readonly sentFrames: number;
  readonly sentKeyFrames: number;
  readonly sentBytes: number;
  /** Frames whose time came but that had no room, or were of no use after one that had none. */
  readonly skippedFrames: number;
}

const NO_STATS: StreamPlayerStats = { sentFrames: 0, sentKeyFrames: 0, sentBytes: 0, skippedFrames: 0 };

/** Plays a source to one peer as a camera would: each frame at its time, the first a key frame, and the next one too when asked.
 *
 *  Each frame is due at a time computed from the beginning, so that delays of timers do not add up. */
export class StreamPlayer {
  readonly #options: StreamPlayerOptions;
  #index: number;
  /** The clock at the start of the source's first frame, as if it had been played from there. */
  #originMs: number;
  #timer: Timer | undefined;
  #keyFrameAsked = false;
  /** Video lost a frame: only a key frame helps. */
  #broken = false;
  readonly #stats: { -readonly [Name in keyof StreamPlayerStats]: StreamPlayerStats[Name] };

  /** Begins at once, with the first key frame of the source. */
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

  /** The next frame that is sent will be a key frame: the source is played from its next one on. */
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

  /** When the frame at the index is to be sent, or the end is reached. */
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

  /** A file that begins in the middle of a group of pictures is begun again at its first key frame. */
  #rewind(): void {
    const dueMs = this.#dueMs();
    this.#index = firstKeyFrame(this.#options.source, 0) ?? 0;
    this.#originMs = dueMs - this.#options.source.startMs(this.#index);
  }

  /** Go to the next key frame, in a loop also to one before, and to the last there was when there is none. What is found is
   *  played when the frame at the index was due: time does not jump. */
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
