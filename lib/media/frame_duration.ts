import type { Frame } from '../types/index.js';
import { MEDIA } from '../wire/index.js';
import { OPUS_SAMPLES_PER_MS, opusPacketSamples, sampleFormat } from './index.js';

/** How long a frame of sound lasts, where its bytes say so; undefined for everything else. */
export function frameDurationMs({ media, flags, data }: Frame): number | undefined {
  const { rate, channels } = sampleFormat(flags);
  switch (media) {
    case MEDIA.ALAW:
      return (data.length * 1000) / (rate * channels);
    case MEDIA.PCM:
      return (data.length * 1000) / (rate * channels * 2);
    case MEDIA.OPUS: {
      const samples = opusPacketSamples(data);
      return samples === 0 ? undefined : samples / OPUS_SAMPLES_PER_MS;
    }
    default:
      return undefined;
  }
}
