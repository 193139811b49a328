import { expect, test } from 'vitest';
import { NonceStore } from '../../lib/token/index.js';

test('a nonce can be used once', () => {
  const store = new NonceStore();
  expect(store.use('ak', 'n', 100, 0)).toBe('fresh');
  expect(store.use('ak', 'n', 100, 99)).toBe('used');
});

test('each issuer has nonces of its own', () => {
  const store = new NonceStore();
  expect(store.use('a', 'bc', 100, 0)).toBe('fresh');
  expect(store.use('ab', 'c', 100, 0)).toBe('fresh');
});

test('a nonce is forgotten when it has expired', () => {
  const store = new NonceStore();
  store.use('ak', 'n', 100, 0);
  expect(store.use('ak', 'n', 200, 100)).toBe('fresh');
});

test('a full store refuses new nonces and forgets none', () => {
  const store = new NonceStore({ maxNonces: 2 });
  expect(store.use('ak', '1', 100, 0)).toBe('fresh');
  expect(store.use('ak', '2', 100, 0)).toBe('fresh');
  expect(store.use('ak', '3', 100, 0)).toBe('full');
  expect(store.use('ak', '1', 100, 0)).toBe('used');
  expect(store.size).toBe(2);
});

test.each([{ maxNonces: Number.NaN }, { maxNonces: 0 }, { maxNonces: '5' }, { max: 5 }, null])(
  'an invalid limit is refused: %j',
  (options) => {
    expect(() => new NonceStore(options as never)).toThrow(expect.objectContaining({ code: 'INVALID_PARAMETER' }));
  },
);

test('expired nonces make room', () => {
  const store = new NonceStore({ maxNonces: 1 });
  store.use('ak', '1', 50, 0);
  expect(store.use('ak', '2', 100, 60)).toBe('fresh');
  expect(store.size).toBe(1);
});

test('a clock that jumps forward and back makes no used nonce fresh again', () => {
  const store = new NonceStore();
  expect(store.use('ak', '1', 100, 0)).toBe('fresh');
  expect(store.use('ak', '2', 8000, 7000)).toBe('fresh');
  expect(store.use('ak', '1', 100, 50)).toBe('used');
  expect(store.use('ak', '3', 90, 50)).toBe('fresh');
});

test('a clock that jumps far and back makes no nonce fresh that may be a forgotten one', () => {
  const store = new NonceStore();
  expect(store.use('ak', '1', 100, 0)).toBe('fresh');
  expect(store.use('ak', '2', 100_100, 100_000)).toBe('fresh');
  expect(store.size).toBe(1);
  expect(store.use('ak', '1', 100, 50)).toBe('used');
  expect(store.use('ak', '3', 100, 50)).toBe('used');
  expect(store.use('ak', '4', 101, 50)).toBe('fresh');
});

test('a nonce that was forgotten to make room is not fresh again after the clock jumped back', () => {
  const store = new NonceStore({ maxNonces: 1 });
  expect(store.use('ak', '1', 50, 0)).toBe('fresh');
  expect(store.use('ak', '2', 200, 100)).toBe('fresh');
  expect(store.use('ak', '1', 50, 0)).toBe('used');
});
