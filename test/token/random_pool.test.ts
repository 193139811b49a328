import { expect, it } from 'vitest';
import { pooledRandomBytes } from '../../lib/token/node.js';

/** Fills with bytes that count up across all fillings. */
function countingSource() {
  let next = 0;
  return (pool: Uint8Array): void => {
    for (let i = 0; i < pool.length; i++) pool[i] = next++ & 0xff;
  };
}

it('every byte is given out at most once, also when the pool runs out in between', () => {
  let fillings = 0;
  const random = pooledRandomBytes((pool) => pool.fill(++fillings));
  // 4096 is not a multiple of 48: the rest of each filling is dropped.
  const given = Array.from({ length: 100 }, () => random(48));
  expect(given.every((bytes) => bytes.length === 48 && bytes.every((byte) => byte === bytes[0]))).toBe(true);
  expect(given.filter((bytes) => bytes[0] === 1).length).toBe(Math.floor(4096 / 48));
  expect(fillings).toBe(2);
});

it('the bytes given out are a copy that later calls do not change', () => {
  const random = pooledRandomBytes(countingSource());
  const first = random(16);
  const kept = Uint8Array.from(first);
  for (let i = 0; i < 1000; i++) random(16);
  expect(first).toEqual(kept);
});

it('a size larger than the pool is served too', () => {
  const random = pooledRandomBytes(countingSource());
  expect(random(5000).length).toBe(5000);
  expect(random(4096).length).toBe(4096);
});
