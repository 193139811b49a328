import { expect, test } from 'vitest';
import { Hold } from '../../lib/connection/hold.js';

test('a hold lasts while anybody holds, and letting go twice is letting go once', () => {
  const changes: boolean[] = [];
  const hold = new Hold((held) => changes.push(held));
  const [first, second] = [hold.take(), hold.take()];
  first();
  first();
  expect(changes).toEqual([true]);
  second();
  expect(changes).toEqual([true, false]);
});

test('a hold that cannot be had is refused every time', () => {
  const hold = new Hold(() => {
    throw new Error('it cannot be held');
  });
  expect(() => hold.take()).toThrow('it cannot be held');
  expect(() => hold.take()).toThrow('it cannot be held');
});
