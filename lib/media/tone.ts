import { MEDIA } from '../wire/index.js';
import { Clip, evenlySpaced, type MediaSource } from './source.js';
import { sampleFlags } from './wav.js';

const RATE = 8000;
const FRAME_MS = 20;
const LOUDNESS = 0.3;
/** 100 ms are 44 whole periods of 440 Hz and five frames, so a loop has no click. */
const TONE_HZ = 440;
const PERIOD_MS = 100;

/** Returns a 440 Hz tone, 8 kHz mono, in frames of 20 ms. */
export function toneSource(coding: 'alaw' | 'pcm' = 'alaw'): MediaSource {
  const samples = Int16Array.from({ length: (RATE * PERIOD_MS) / 1000 }, (_, index) =>
    Math.round(Math.sin((2 * Math.PI * TONE_HZ * index) / RATE) * LOUDNESS * 32_767),
  );
  const bytes = coding === 'alaw' ? Uint8Array.from(samples, encodeAlaw) : littleEndian(samples);
  const perFrame = (bytes.length * FRAME_MS) / PERIOD_MS;
  const frames = Array.from({ length: PERIOD_MS / FRAME_MS }, (_, index) => ({
    data: bytes.subarray(index * perFrame, (index + 1) * perFrame),
    keyFrame: true,
  }));
  const media = coding === 'alaw' ? MEDIA.ALAW : MEDIA.PCM;
  return new Clip({ kind: 'audio', media, flags: sampleFlags(RATE, 1), ...evenlySpaced(frames, 1000 / FRAME_MS) });
}

/** Returns a 16-bit sample as A-law (ITU-T G.711): sign, exponent and mantissa, every second bit inverted. */
export function encodeAlaw(sample: number): number {
  const sign = sample >= 0 ? 0x80 : 0;
  const magnitude = Math.min(sample >= 0 ? sample : ~sample, 32_767) >> 4;
  const exponent = Math.max(0, 28 - Math.clz32(magnitude));
  const mantissa = (magnitude >> Math.max(0, exponent - 1)) & 0x0f;
  return (sign | (exponent << 4) | mantissa) ^ 0x55;
}

function littleEndian(samples: Int16Array): Uint8Array {
  const bytes = new Uint8Array(samples.length * 2);
  const view = new DataView(bytes.buffer);
  for (const [index, sample] of samples.entries()) view.setInt16(index * 2, sample, true);
  return bytes;
}
