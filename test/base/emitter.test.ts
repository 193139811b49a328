import { type EventEmitter, on, once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { SafeEmitter } from '../../lib/base/index.js';

class Bell extends SafeEmitter<{ readonly rung: (times: number) => void; readonly error: (error: unknown) => void }> {
  ring(times: number): void {
    this.emit('rung', times);
  }
}

describe('events of a SafeEmitter awaited by node:events', () => {
  const make = () => {
    const bell = new Bell();
    return { bell, emitter: bell as unknown as EventEmitter, controller: new AbortController() };
  };

  it('once() resolves, and its signal aborts it', async () => {
    const { bell, emitter, controller } = make();
    const { signal } = controller;
    const rung = once(emitter, 'rung', { signal });
    bell.ring(3);
    expect(await rung).toEqual([3]);
    const given = once(emitter, 'rung', { signal });
    controller.abort();
    await expect(given).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('on() iterates until a break or its signal ends it', async () => {
    const { bell, emitter, controller } = make();
    const rings = on(emitter, 'rung', { signal: controller.signal });
    bell.ring(1);
    for await (const values of rings) {
      expect(values).toEqual([1]);
      break;
    }
    const given = on(emitter, 'rung', { signal: controller.signal }).next();
    controller.abort();
    await expect(given).rejects.toMatchObject({ name: 'AbortError' });
  });
});
