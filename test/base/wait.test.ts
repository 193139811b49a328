import { describe, expect, it, vi } from 'vitest';
import { delay, timedOut, type Wait, type Waiter, Waiters, wait } from '../../lib/base/index.js';
import { FakeClock } from '../support/fake_clock.js';

function setUp(options: Partial<Wait<string>> = {}) {
  const clock = new FakeClock();
  const abandoned = vi.fn();
  const finished = vi.fn();
  let waiter: Waiter<string> | undefined;
  const promise = wait<string>({
    clock,
    begin: (given) => {
      waiter = given;
    },
    abandoned,
    timeoutError: (ms) => new Error(`after ${ms}`),
    finished,
    ...options,
  });
  promise.catch(() => {});
  return { clock, abandoned, finished, promise, waiter: () => waiter as Waiter<string> };
}

describe('wait()', () => {
  it('resolves once and removes its timer and listener', async () => {
    const signal = new AbortController();
    const { promise, waiter, finished, abandoned } = setUp({ signal: signal.signal, timeoutMs: 5 });
    waiter().resolve('yes');
    waiter().reject(new Error('late'));
    signal.abort();
    expect(await promise).toBe('yes');
    expect(finished).toHaveBeenCalledTimes(1);
    expect(abandoned).not.toHaveBeenCalled();
  });

  it('rejects at the timeout and abandons the operation', async () => {
    const { promise, clock, abandoned, finished } = setUp({ timeoutMs: 5 });
    clock.advance(5);
    await expect(promise).rejects.toThrow('after 5');
    expect(abandoned).toHaveBeenCalledTimes(1);
    expect(finished).toHaveBeenCalledTimes(1);
  });

  it('rejects with the reason of the signal and abandons the operation', async () => {
    const controller = new AbortController();
    const { promise, abandoned } = setUp({ signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(promise).rejects.toThrow('enough');
    expect(abandoned).toHaveBeenCalledTimes(1);
  });

  it('does not begin the operation when the signal is already aborted', async () => {
    const begin = vi.fn();
    const { promise, abandoned, finished } = setUp({ signal: AbortSignal.abort(new Error('never')), begin });
    await expect(promise).rejects.toThrow('never');
    expect(begin).not.toHaveBeenCalled();
    expect(abandoned).not.toHaveBeenCalled();
    expect(finished).toHaveBeenCalledTimes(1);
  });

  it('rejects when the operation cannot begin', async () => {
    const begin = (): void => {
      throw new Error('no');
    };
    const { promise, finished } = setUp({ begin });
    await expect(promise).rejects.toThrow('no');
    expect(finished).toHaveBeenCalledTimes(1);
  });
});

describe('delay()', () => {
  it('resolves after its time', async () => {
    const clock = new FakeClock();
    const over = delay(clock, 5);
    clock.advance(5);
    await over;
  });

  it('rejects with the reason of its signal and cancels its timer', async () => {
    const clock = new FakeClock();
    const cancel = vi.fn();
    vi.spyOn(clock, 'startTimer').mockReturnValue({ cancel });
    const controller = new AbortController();
    const over = delay(clock, 5, controller.signal);
    controller.abort(new Error('enough'));
    await expect(over).rejects.toThrow('enough');
    expect(cancel).toHaveBeenCalledTimes(1);
  });
});

describe('Waiters', () => {
  const setUpTwo = () => {
    const clock = new FakeClock();
    const waiters = new Waiters<string, number>();
    const wait = (key: string, timeoutMs = 10) =>
      waiters.wait(key, { clock, timeoutMs, begin: () => {}, timeoutError: timedOut(`no ${key}`) });
    return { clock, waiters, wait };
  };

  it('settle() resolves all waits for the key and no others', async () => {
    const { clock, waiters, wait } = setUpTwo();
    const [first, second, other] = [wait('a', 5), wait('a'), wait('b')];
    expect(waiters.size).toBe(2);
    expect(waiters.settle('a', 1)).toBe(true);
    expect(waiters.settle('a', 2)).toBe(false);
    expect(await Promise.all([first, second])).toEqual([1, 1]);
    expect(waiters.has('b')).toBe(true);
    clock.advance(10);
    await expect(other).rejects.toThrow('no b in 10 ms');
    expect(waiters.size).toBe(0);
  });

  it('a wait that cannot begin leaves nothing behind', async () => {
    const { clock, waiters } = setUpTwo();
    const begin = (): void => {
      throw new Error('no');
    };
    await expect(waiters.wait('a', { clock, begin })).rejects.toThrow('no');
    expect(waiters.size).toBe(0);
  });

  it('rejectAll() ends every wait', async () => {
    const { waiters, wait } = setUpTwo();
    const ends = Promise.allSettled([wait('a'), wait('a'), wait('b')]);
    waiters.rejectAll(new Error('over'));
    expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(waiters.size).toBe(0);
  });
});
