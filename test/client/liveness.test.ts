import { describe, expect, test, vi } from 'vitest';
import { type ByteCounts, Liveness } from '../../lib/client/liveness.js';
import type { Timer } from '../../lib/types/index.js';
import { FakeClock } from '../support/fake_clock.js';
import { LIMITS } from '../support/scripted_service.js';

function watched() {
  const clock = new FakeClock();
  const keepAlive = vi.fn();
  const onSilence = vi.fn();
  const traffic = { receivedBytes: 0, sentBytes: 0, queuedBytes: 0 };
  const liveness = new Liveness({
    clock,
    limits: LIMITS,
    traffic: (): ByteCounts => ({ ...traffic }),
    keepAlive,
    onSilence,
  });
  return { clock, keepAlive, onSilence, traffic, liveness };
}

describe('liveness', () => {
  test('liveness pings every 4 s and reports silence after 12 s without a byte', () => {
    const { clock, keepAlive, onSilence } = watched();
    clock.advance(11_999);
    expect(keepAlive).toHaveBeenCalledTimes(2);
    expect(onSilence).not.toHaveBeenCalled();
    clock.advance(1);
    expect(onSilence).toHaveBeenCalledTimes(1);
    expect(clock.pendingTimers).toBe(0);
  });

  test('silence is counted from the last received byte', () => {
    const { clock, onSilence, traffic } = watched();
    clock.advance(8000);
    traffic.receivedBytes += 1;
    clock.advance(12_000);
    expect(onSilence).not.toHaveBeenCalled();
    clock.advance(1000);
    expect(onSilence).toHaveBeenCalledTimes(1);
  });

  test('sent bytes count as a sign of life only if they had to wait', () => {
    const { clock, onSilence, traffic } = watched();
    traffic.queuedBytes = 1000;
    for (let i = 0; i < 20; i++) {
      traffic.sentBytes += 1;
      clock.advance(1000);
    }
    expect(onSilence).not.toHaveBeenCalled();
    traffic.queuedBytes = 0;
    for (let i = 0; i < 13; i++) {
      traffic.sentBytes += 1;
      clock.advance(1000);
    }
    expect(onSilence).toHaveBeenCalledTimes(1);
  });

  test('a suspended process does not count as silence of the peer', () => {
    const { onSilence, traffic, keepAlive } = watched();
    let tick = (): void => {};
    let nowMs = 0;
    const startTimer = (_delayMs: number, callback: () => void): Timer => {
      tick = callback;
      return { cancel: () => {} };
    };
    new Liveness({
      clock: { nowMs: () => nowMs, startTimer },
      limits: LIMITS,
      traffic: () => traffic,
      keepAlive,
      onSilence,
    });
    nowMs = 60_000;
    tick();
    expect(onSilence).not.toHaveBeenCalled();
  });

  test('stop() ends the pings', () => {
    const { clock, onSilence, liveness } = watched();
    liveness.stop();
    clock.advance(60_000);
    expect(onSilence).not.toHaveBeenCalled();
    expect(clock.pendingTimers).toBe(0);
  });
});
