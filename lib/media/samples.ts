import { MediaError } from './media_error.js';

/** Cut sound that has no frames of its own (A-law, PCM) into pieces of one length; the last may be shorter.
 *  Throws MediaError when there is none. */
export function splitSamples(file: Uint8Array, bytesPerFrame: number): readonly Uint8Array[] {
  if (file.length === 0) {
    throw new MediaError('MEDIA_EMPTY', 'the sound file is empty', 'give raw samples');
  }
  const frames: Uint8Array[] = [];
  for (let at = 0; at < file.length; at += bytesPerFrame) frames.push(file.subarray(at, at + bytesPerFrame));
  return frames;
}
