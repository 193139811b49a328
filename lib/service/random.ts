import { createHash, randomFillSync } from 'node:crypto';
import { pooledRandomBytes } from '../token/index.js';

/** A source of unpredictable bytes. */
export type RandomBytes = (size: number) => Uint8Array;

/** Good random bytes; or, with a seed, the same bytes in every run: for tests, never for anything secret. */
export function randomSource(seed?: number | string): RandomBytes {
  if (seed === undefined) return pooledRandomBytes(randomFillSync);
  let counter = 0;
  return (size) => {
    const blocks: Buffer[] = [];
    for (let filled = 0; filled < size; filled += 32) {
      blocks.push(
        createHash('sha256')
          .update(`${typeof seed} ${seed} ${counter++}`)
          .digest(),
      );
    }
    return Buffer.concat(blocks, size);
  };
}
