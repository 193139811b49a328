import type { Frame } from '../types/index.js';
import { KEY_FRAME_FLAG, MEDIA } from '../wire/index.js';
import { OPUS_SAMPLES_PER_MS, opusPacketSamples } from './ogg_page.js';
import { sampleFormat } from './wav.js';

/** Rates are measured over the last two seconds. */
const RATE_WINDOW_MS = 2000;
/** The usual distance of frames is the median of this many. */
const INTERVALS_KEPT = 15;
const INTERVALS_NEEDED = 3;
/** A distance this many times the usual one is a gap. */
const GAP_FACTOR = 1.5;
/** RFC 3550 section 6.4.1. */
const JITTER_GAIN = 1 / 16;

export interface Gap {
  /** Media time that is missing before this frame; 0 if none is. */
  readonly gapMs: number;
  readonly missingFrames: number;
}

export interface StreamStatisticsReport {
  readonly frames: number;
  readonly keyFrames: number;
  readonly bytes: number;
  /** Over the last two seconds. */
  readonly framesPerSecond: number;
  readonly bitsPerSecond: number;
  /** Frames that were never sent, according to the timestamps: a link loses nothing, but a sender skips frames that do not fit. */
  readonly lostFrames: number;
  /** lostFrames divided by the sum of lostFrames and frames, 0..1. */
  readonly loss: number;
  /** The variation of arrival times compared with timestamps, smoothed as in RFC 3550 6.4.1. */
  readonly jitterMs: number;
}

const NO_GAP: Gap = { gapMs: 0, missingFrames: 0 };

/** The statistics of one stream, from its frames and their arrival times. */
export class StreamStatistics {
  readonly #arrivals: { readonly atMs: number; readonly bytes: number }[] = [];
  readonly #intervals: number[] = [];
  readonly #startMs: number;
  #last:
    | { readonly timestampMs: number; readonly arrivalMs: number; readonly durationMs: number | undefined }
    | undefined;
  #frames = 0;
  #keyFrames = 0;
  #bytes = 0;
  #lostFrames = 0;
  #jitterMs = 0;

  /** `startMs`: when the first frame arrived. */
  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  /** Count a frame. Returns the gap before it. */
  receive(frame: Frame, arrivalMs: number): Gap {
    this.#frames += 1;
    this.#keyFrames += frame.flags & KEY_FRAME_FLAG;
    this.#bytes += frame.data.length;
    this.#arrivals.push({ atMs: arrivalMs, bytes: frame.data.length });
    this.#forgetOld(arrivalMs);
    const gap = this.#compare(frame.timestampMs, arrivalMs);
    this.#lostFrames += gap.missingFrames;
    this.#last = { timestampMs: frame.timestampMs, arrivalMs, durationMs: frameDurationMs(frame) };
    return gap;
  }

  report(nowMs: number): StreamStatisticsReport {
    this.#forgetOld(nowMs);
    const ageMs = nowMs - this.#startMs;
    const counted =
      ageMs < RATE_WINDOW_MS ? this.#arrivals.slice(1) : this.#arrivals; /* the first frame began the interval */
    const seconds = Math.max(1, Math.min(RATE_WINDOW_MS, ageMs)) / 1000;
    const bytes = counted.reduce((sum, arrival) => sum + arrival.bytes, 0);
    return {
      frames: this.#frames,
      keyFrames: this.#keyFrames,
      bytes: this.#bytes,
      framesPerSecond: counted.length / seconds,
      bitsPerSecond: (bytes * 8) / seconds,
      lostFrames: this.#lostFrames,
      loss: this.#frames === 0 ? 0 : this.#lostFrames / (this.#lostFrames + this.#frames),
      jitterMs: this.#jitterMs,
    };
  }

  #compare(timestampMs: number, arrivalMs: number): Gap {
    if (this.#last === undefined) return NO_GAP;
    const deltaMs = (timestampMs - this.#last.timestampMs) | 0; /* wraps at 2^32 */
    if (deltaMs < 0) return NO_GAP; /* the sender started again */
    const unevenness = Math.abs(arrivalMs - this.#last.arrivalMs - deltaMs);
    this.#jitterMs += (unevenness - this.#jitterMs) * JITTER_GAIN;
    const usualMs = this.#last.durationMs ?? this.#usualInterval();
    if (usualMs !== undefined && usualMs > 0 && deltaMs > usualMs * GAP_FACTOR) {
      return { gapMs: Math.round(deltaMs - usualMs), missingFrames: Math.round(deltaMs / usualMs) - 1 };
    }
    this.#intervals.push(deltaMs);
    if (this.#intervals.length > INTERVALS_KEPT) this.#intervals.shift();
    return NO_GAP;
  }

  /** For media whose frames do not have a known length. */
  #usualInterval(): number | undefined {
    if (this.#intervals.length < INTERVALS_NEEDED) return undefined;
    return [...this.#intervals].sort((a, b) => a - b)[this.#intervals.length >> 1];
  }

  #forgetOld(nowMs: number): void {
    while ((this.#arrivals[0]?.atMs ?? nowMs) <= nowMs - RATE_WINDOW_MS) this.#arrivals.shift();
  }
}

/** Returns how long an audio frame lasts, if its bytes say so; undefined otherwise. */
function frameDurationMs({ media, flags, data }: Frame): number | undefined {
  if (media === MEDIA.OPUS) return opusPacketSamples(data) / OPUS_SAMPLES_PER_MS || undefined;
  if (media !== MEDIA.ALAW && media !== MEDIA.PCM) return undefined;
  const { rate, channels } = sampleFormat(flags);
  const bytesPerSample = media === MEDIA.PCM ? 2 : 1;
  return (data.length * 1000) / (rate * channels * bytesPerSample);
}
