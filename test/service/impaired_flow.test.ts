import { describe, expect, test } from 'vitest';
import { CLEAR, type FlowConditions, ImpairedFlow, MAX_HELD_BYTES } from '../../lib/service/faults/impaired_flow.js';
import { FakeClock } from '../support/fake_clock.js';

function makeFlow(conditions: Partial<FlowConditions>, random: () => number = () => 0.5) {
  const clock = new FakeClock();
  const delivered: { readonly atMs: number; readonly text: string }[] = [];
  const events: string[] = [];
  const flow = new ImpairedFlow({
    clock,
    random,
    deliver: (chunk) => delivered.push({ atMs: clock.nowMs(), text: chunk.toString('latin1') }),
    end: () => events.push('end'),
    broken: () => events.push('broken'),
    writable: () => events.push('writable'),
  });
  flow.set({ ...CLEAR, ...conditions });
  return { clock, flow, delivered, events, text: () => delivered.map(({ text }) => text).join('') };
}

describe('an impaired flow', () => {
  test('without conditions delivers everything at once', () => {
    const { flow, delivered } = makeFlow({});
    expect(flow.add(Buffer.from('abc'))).toBe(true);
    expect(delivered).toEqual([{ atMs: 0, text: 'abc' }]);
    expect(flow.isEmpty).toBe(true);
  });

  test('delays each byte by the same time, and the end behind them', () => {
    const { flow, clock, delivered, events } = makeFlow({ delayMs: 100 });
    flow.add(Buffer.from('a'));
    clock.advance(30);
    flow.add(Buffer.from('b'));
    flow.finish();
    clock.advance(100);
    expect(delivered).toEqual([
      { atMs: 100, text: 'a' },
      { atMs: 130, text: 'b' },
    ]);
    expect(events).toEqual(['end']);
    expect(clock.pendingTimers).toBe(0);
  });

  test('keeps the order of the bytes when their delays differ', () => {
    const numbers = [0.9, 0.1, 0.5, 0];
    const { flow, clock, delivered, text } = makeFlow({ jitterMs: 100 }, () => numbers.shift() ?? 0);
    for (const letter of 'abcd') flow.add(Buffer.from(letter));
    clock.advance(100);
    expect(text()).toBe('abcd');
    expect(delivered[0]?.atMs).toBe(90);
  });

  test('delivers no faster than its rate', () => {
    const { flow, clock, text } = makeFlow({ bytesPerSecond: 1000 });
    flow.add(Buffer.alloc(1000, 'x'));
    clock.advance(500);
    expect(text().length).toBeGreaterThanOrEqual(480);
    expect(text().length).toBeLessThanOrEqual(500);
    clock.advance(500);
    expect(text().length).toBe(1000);
  });

  test('holds a bounded number of bytes while it is stalled, then delivers them in order', () => {
    const { flow, text, events } = makeFlow({ stalled: true });
    expect(flow.add(Buffer.alloc(MAX_HELD_BYTES, 'a'))).toBe(true);
    expect(flow.add(Buffer.from('b'))).toBe(false);
    expect([text(), flow.isFull]).toEqual(['', true]);
    flow.set(CLEAR);
    expect(text()).toBe(`${'a'.repeat(MAX_HELD_BYTES)}b`);
    expect(events).toEqual(['writable']);
  });

  test('flips single bits about as often as requested', () => {
    const { flow, text } = makeFlow({ corruptEveryBytes: 100 }, () => 0.5);
    for (let i = 0; i < 10; i++) flow.add(Buffer.alloc(1000));
    const corrupted = [...Buffer.from(text(), 'latin1')].filter((byte) => byte !== 0);
    expect(new Set(corrupted)).toEqual(new Set([0x10]));
    expect(corrupted.length).toBeGreaterThan(95);
    expect(corrupted.length).toBeLessThan(105);
  });

  test('breaks in the middle of a chunk', () => {
    const { flow, text, events } = makeFlow({ breakAfterBytes: 4 });
    flow.add(Buffer.from('abc'));
    expect(events).toEqual([]);
    flow.add(Buffer.from('def'));
    expect([text(), events]).toEqual(['abcd', ['broken']]);
  });
});
