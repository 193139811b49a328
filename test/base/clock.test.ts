import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../lib/base/index.js';

const DAY_MS = 24 * 60 * 60 * 1000;

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

test('a timer waits longer than setTimeout() can', () => {
  const called = vi.fn();
  systemClock.startTimer(60 * DAY_MS, called);
  vi.advanceTimersByTime(60 * DAY_MS - 1);
  expect(called).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(called).toHaveBeenCalledOnce();
});

test('a timer can be cancelled at any time', () => {
  const called = vi.fn();
  const timer = systemClock.startTimer(60 * DAY_MS, called);
  vi.advanceTimersByTime(30 * DAY_MS);
  timer.cancel();
  vi.advanceTimersByTime(60 * DAY_MS);
  expect(called).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});
