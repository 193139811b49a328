import { describe, expect, it, vi } from 'vitest';
import { type Wait, type Waiter, WaiterSet, wait } from '../../lib/device/wait.js';
import { FakeClock } from '../support/fake_clock.js';

function setUp(options: Partial<Wait<string>> = {}) {
  const clock = new FakeClock();
  const giveUp = vi.fn();
  const finished = vi.fn();
  let waiter: Waiter<string> | undefined;
  const promise = wait<string>({
    clock,
    begin: (given) => {
      waiter = given;
    },
    giveUp,
    timeoutError: (ms) => new Error(`after ${ms}`),
    finished,
    ...options,
  });
  promise.catch(() => {});
  return { clock, giveUp, finished, promise, waiter: () => waiter as Waiter<string> };
}

describe('wait()', () => {
  it('resolves once and cleans up', async () => {
    const signal = new AbortController();
    const { promise, waiter, finished, giveUp } = setUp({ signal: signal.signal, timeoutMs: 5 });
    waiter().resolve('yes');
    waiter().reject(new Error('late'));
    signal.abort();
    expect(await promise).toBe('yes');
    expect(finished).toHaveBeenCalledTimes(1);
    expect(giveUp).not.toHaveBeenCalled();
  });

  it('gives up at the timeout', async () => {
    const { promise, clock, giveUp, finished } = setUp({ timeoutMs: 5 });
    clock.advance(5);
    await expect(promise).rejects.toThrow('after 5');
    expect(giveUp).toHaveBeenCalledTimes(1);
    expect(finished).toHaveBeenCalledTimes(1);
  });

  it('gives up with the reason of the signal', async () => {
    const controller = new AbortController();
    const { promise, giveUp } = setUp({ signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(promise).rejects.toThrow('enough');
    expect(giveUp).toHaveBeenCalledTimes(1);
  });

  it('does not begin when the signal was aborted before', async () => {
    const begin = vi.fn();
    const { promise, giveUp, finished } = setUp({ signal: AbortSignal.abort(new Error('never')), begin });
    await expect(promise).rejects.toThrow('never');
    expect(begin).not.toHaveBeenCalled();
    expect(giveUp).not.toHaveBeenCalled();
    expect(finished).toHaveBeenCalledTimes(1);
  });

  it('is over when it cannot begin', async () => {
    const begin = (): void => {
      throw new Error('no');
    };
    const { promise, finished } = setUp({ begin });
    await expect(promise).rejects.toThrow('no');
    expect(finished).toHaveBeenCalledTimes(1);
  });
});

describe('a set of waiters', () => {
  it('settles each once, also when one comes back during it', () => {
    const set = new WaiterSet<number>();
    const again = vi.fn();
    const comesBack = (value: number): void => {
      again(value);
      set.add(waiter);
    };
    const waiter: Waiter<number> = { resolve: comesBack, reject: vi.fn() };
    set.add(waiter);
    set.resolveAll(1);
    expect(again).toHaveBeenCalledTimes(1);
    expect(set.size).toBe(1);
  });
});
