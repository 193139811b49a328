import { expect, test } from 'vitest';
import { RefCount } from '../../lib/base/index.js';

test('a RefCount is on until the last holder released it, and a second release has no effect', () => {
  const changes: boolean[] = [];
  const count = new RefCount((isOn) => changes.push(isOn));
  const [first, second] = [count.acquire(), count.acquire()];
  first();
  first();
  expect(changes).toEqual([true]);
  second();
  expect(changes).toEqual([true, false]);
});

test('a RefCount that cannot be switched on throws at each acquire()', () => {
  const count = new RefCount(() => {
    throw new Error('refused');
  });
  expect(() => count.acquire()).toThrow('refused');
  expect(() => count.acquire()).toThrow('refused');
});
