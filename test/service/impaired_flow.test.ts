import { describe, expect, test } from 'vitest';
import { CLEAR, type FlowConditions, ImpairedFlow, MAX_HELD_BYTES } from '../../lib/service/faults/impaired_flow.js';
import { FakeClock } from '../support/fake_clock.js';

function makePipe(conditions: Partial<FlowConditions>, random: () => number = () => 0.5) {
  const clock = new FakeClock();
  const came: { readonly atMs: number; readonly text: string }[] = [];
  const news: string[] = [];
  const pipe = new ImpairedFlow({
    clock,
    random,
    deliver: (chunk) => came.push({ atMs: clock.nowMs(), text: chunk.toString('latin1') }),
    end: () => news.push('end'),
    broken: () => news.push('broken'),
    writable: () => news.push('writable'),
  });
  pipe.set({ ...CLEAR, ...conditions });
  return { clock, pipe, came, news, text: () => came.map(({ text }) => text).join('') };
}

describe('a pipe under conditions', () => {
  test('without any lets everything pass at once', () => {
    const { pipe, came } = makePipe({});
    expect(pipe.add(Buffer.from('abc'))).toBe(true);
    expect(came).toEqual([{ atMs: 0, text: 'abc' }]);
    expect(pipe.isEmpty).toBe(true);
  });

  test('delays each byte alike, and the end behind them', () => {
    const { pipe, clock, came, news } = makePipe({ delayMs: 100 });
    pipe.add(Buffer.from('a'));
    clock.advance(30);
    pipe.add(Buffer.from('b'));
    pipe.finish();
    clock.advance(100);
    expect(came).toEqual([
      { atMs: 100, text: 'a' },
      { atMs: 130, text: 'b' },
    ]);
    expect(news).toEqual(['end']);
    expect(clock.pendingTimers).toBe(0);
  });

  test('keeps the order however much the delays differ', () => {
    const numbers = [0.9, 0.1, 0.5, 0];
    const { pipe, clock, came, text } = makePipe({ jitterMs: 100 }, () => numbers.shift() ?? 0);
    for (const letter of 'abcd') pipe.add(Buffer.from(letter));
    clock.advance(100);
    expect(text()).toBe('abcd');
    expect(came[0]?.atMs).toBe(90);
  });

  test('throttles to its rate', () => {
    const { pipe, clock, text } = makePipe({ bytesPerSecond: 1000 });
    pipe.add(Buffer.alloc(1000, 'x'));
    clock.advance(500);
    expect(text().length).toBeGreaterThanOrEqual(480);
    expect(text().length).toBeLessThanOrEqual(500);
    clock.advance(500);
    expect(text().length).toBe(1000);
  });

  test('while stalled holds a bounded amount, then lets it go in order', () => {
    const { pipe, text, news } = makePipe({ stalled: true });
    expect(pipe.add(Buffer.alloc(MAX_HELD_BYTES, 'a'))).toBe(true);
    expect(pipe.add(Buffer.from('b'))).toBe(false);
    expect([text(), pipe.isFull]).toEqual(['', true]);
    pipe.set(CLEAR);
    expect(text()).toBe(`${'a'.repeat(MAX_HELD_BYTES)}b`);
    expect(news).toEqual(['writable']);
  });

  test('turns single bits over, about as often as asked', () => {
    const { pipe, text } = makePipe({ corruptEveryBytes: 100 }, () => 0.5);
    for (let i = 0; i < 10; i++) pipe.add(Buffer.alloc(1000));
    const spoilt = [...Buffer.from(text(), 'latin1')].filter((byte) => byte !== 0);
    expect(new Set(spoilt)).toEqual(new Set([0x10]));
    expect(spoilt.length).toBeGreaterThan(95);
    expect(spoilt.length).toBeLessThan(105);
  });

  test('breaks in the middle of what passes', () => {
    const { pipe, text, news } = makePipe({});
    pipe.breakAfter(4);
    pipe.add(Buffer.from('abc'));
    expect(news).toEqual([]);
    pipe.add(Buffer.from('def'));
    expect([text(), news]).toEqual(['abcd', ['broken']]);
  });
});
