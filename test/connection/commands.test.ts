import { describe, expect, test, vi } from 'vitest';
import { ErrorCode } from '../../lib/errors/index.js';
import type { Command } from '../../lib/types/index.js';
import { makeCommandWord } from '../../lib/wire/index.js';
import { FakeClock } from '../support/fake_clock.js';
import { memoryPair } from '../support/memory_transport.js';

const text = (command: Command): string => new TextDecoder().decode(command.data);
const PING = 0x4001;

describe('requests', () => {
  test('a request is answered with the value that its handler returns, at once or later', async () => {
    const { left, right } = memoryPair();
    right.handle(PING, (command) => `pong ${text(command)}`);
    right.handle(0x4002, async () => await Promise.resolve(Uint8Array.of(9)));
    right.handle(0x4003, () => {});
    expect(text(await left.request(PING, '1'))).toBe('pong 1');
    expect((await left.request(0x4002)).data).toEqual(Uint8Array.of(9));
    expect((await left.request(0x4003)).data).toHaveLength(0);
  });

  test('a request is answered with the value of any thenable, whose then() is called once', async () => {
    const { left, right } = memoryPair();
    let asked = 0;
    const lazy = {
      // biome-ignore lint/suspicious/noThenProperty: query builders and the like do their work in it
      then(resolve: (value: string) => void) {
        asked += 1;
        resolve('pong');
      },
    };
    right.handle(PING, () => lazy as unknown as Promise<string>);
    expect(text(await left.request(PING))).toBe('pong');
    expect(asked).toBe(1);
  });

  test('answers out of order are matched by sequence number', async () => {
    const { left, right } = memoryPair();
    const waiting: Command[] = [];
    const allThere = new Promise<void>((resolve) => {
      right.on('command', (command) => {
        if (waiting.push(command) === 3) resolve();
      });
    });
    const answers = ['a', 'b', 'c'].map((body) => left.request(PING, body));
    await allThere;
    for (const command of waiting.reverse()) command.reply(`re ${text(command)}`);
    expect((await Promise.all(answers)).map(text)).toEqual(['re a', 're b', 're c']);
    expect(new Set(waiting.map((command) => command.sequenceNumber)).size).toBe(3);
  });

  test('simultaneous requests of both sides with the same command get their own answers', async () => {
    const { left, right } = memoryPair();
    left.handle(PING, () => 'left');
    right.handle(PING, () => 'right');
    const [fromRight, fromLeft] = await Promise.all([left.request(PING), right.request(PING)]);
    expect([text(fromRight), text(fromLeft)]).toEqual(['right', 'left']);
    expect(fromRight.word).toBe(fromLeft.word);
  });

  test('a request times out, and its late answer is emitted as a command', async () => {
    const clock = new FakeClock();
    const { left, right } = memoryPair(clock);
    const asked = new Promise<Command>((resolve) => right.once('command', resolve));
    const request = left.request(PING, undefined, { timeoutMs: 500 });
    const late = await asked;
    clock.advance(499);
    clock.advance(1);
    await expect(request).rejects.toMatchObject({ code: 'TIMEOUTED', number: ErrorCode.TIMEOUTED, retryable: true });
    expect(clock.pendingTimers).toBe(0);
    const unmatched = new Promise<Command>((resolve) => left.once('command', resolve));
    late.reply('late');
    expect(await unmatched).toMatchObject({ isResponse: true, command: PING });
  });

  test('a request rejects with the reason of its signal', async () => {
    const clock = new FakeClock();
    const { left } = memoryPair(clock);
    const abort = new AbortController();
    const request = left.request(PING, undefined, { signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(request).rejects.toThrow('enough');
    await expect(left.request(PING, undefined, { signal: abort.signal })).rejects.toThrow('enough');
    expect(clock.pendingTimers).toBe(0);
  });

  test('requests reject when the connection ends', async () => {
    const { left } = memoryPair();
    const request = left.request(PING);
    void left.close();
    await expect(request).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
    await expect(left.request(PING)).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
  });

  test('the 1025th unanswered request is refused', async () => {
    const clock = new FakeClock();
    const { left } = memoryPair(clock);
    const requests = Array.from({ length: 1024 }, () => left.request(PING));
    await expect(left.request(PING)).rejects.toMatchObject({ code: 'BUSY' });
    const all = Promise.allSettled(requests);
    clock.advance(10_000);
    expect((await all).every(({ status }) => status === 'rejected')).toBe(true);
  });

  test('requests use every sequence number except 0 and those of unanswered requests', async () => {
    const { left, right } = memoryPair();
    const kept: Command[] = [];
    const seen = new Set<number>();
    right.on('command', (command) => {
      seen.add(command.sequenceNumber);
      if (text(command) === 'keep') kept.push(command);
      else command.reply();
    });
    const first = left.request(PING, 'keep');
    for (let i = 0; i < 65_535; i += 512) {
      await Promise.all(Array.from({ length: 512 }, () => left.request(PING)));
    }
    expect(seen.has(0)).toBe(false);
    expect(seen.size).toBe(65_535);
    kept[0]?.reply('still the first');
    expect(text(await first)).toBe('still the first');
  });
});

describe('commands', () => {
  test('sendCommand() accepts a word or its parts and refuses words of the SDK', async () => {
    const { left, right } = memoryPair();
    const received: Command[] = [];
    right.on('command', (command) => received.push(command));
    left.sendCommand(makeCommandWord(PING, 5), 'a');
    left.sendCommand({ command: PING, sequenceNumber: 6 });
    await vi.waitFor(() => expect(received.map((command) => command.sequenceNumber)).toEqual([5, 6]));
    for (const word of [0x1fff, -1, 1.5, 2 ** 32, Number.NaN, { command: 0x8000, sequenceNumber: 1 }]) {
      expect(() => left.sendCommand(word)).toThrow(expect.objectContaining({ code: 'INVALID_PARAMETER' }));
    }
    expect(() => left.sendCommand(PING << 1, 7 as never)).toThrow(/data must be a Uint8Array or a string/);
  });

  test('a command that its handler replied to is not answered again', async () => {
    const { left, right } = memoryPair();
    const answers: Command[] = [];
    right.handle(PING, (command) => void command.reply('mine'));
    left.on('command', (command) => answers.push(command));
    expect(text(await left.request(PING))).toBe('mine');
    expect(text(await left.request(PING))).toBe('mine');
    expect(answers).toEqual([]);
  });

  test('a command has one handler; without it, commands are emitted as events', async () => {
    const { left, right } = memoryPair();
    const remove = right.handle(PING, () => 'handled');
    expect(() => right.handle(PING, () => 'twice')).toThrow(/already has a handler/);
    remove();
    right.on('command', (command) => void command.reply('event'));
    expect(text(await left.request(PING))).toBe('event');
  });

  test('a response cannot be replied to', async () => {
    const { left, right } = memoryPair();
    right.handle(PING, () => 'x');
    const answer = await left.request(PING);
    expect(() => answer.reply()).toThrow(/is a response/);
  });
});

describe('handlers that fail', () => {
  test('a failing handler is reported once as an error event, and the others are still called', async () => {
    const { left, right } = memoryPair();
    const errors: unknown[] = [];
    const called: string[] = [];
    right.on('error', (error) => errors.push(error));
    right.on('command', () => {
      throw new Error('thrown');
    });
    right.on('command', async () => await Promise.reject(new Error('rejected')));
    right.on('command', () => called.push('third'));
    right.handle(0x4002, () => {
      throw new Error('handler');
    });
    left.sendCommand(makeCommandWord(PING, 1));
    left.sendCommand(makeCommandWord(0x4002, 1));
    await vi.waitFor(() => expect(errors).toHaveLength(3));
    expect(errors.map((error) => (error as Error).message).sort()).toEqual(['handler', 'rejected', 'thrown']);
    expect(called).toEqual(['third']);
    expect(right.state).toBe('open');
  });

  test('an error without a listener goes to the console, and so does the error of an error listener', async () => {
    const written = vi.spyOn(console, 'error').mockImplementation(() => {});
    const { left, right } = memoryPair();
    right.on('command', () => {
      throw new Error('without a listener');
    });
    left.sendCommand(makeCommandWord(PING, 1));
    await vi.waitFor(() => expect(written).toHaveBeenCalledTimes(1));
    right.on('error', () => {
      throw new Error('second');
    });
    left.sendCommand(makeCommandWord(PING, 2));
    await vi.waitFor(() => expect(written).toHaveBeenCalledTimes(2));
    expect(written.mock.calls.map((call) => (call[1] as Error).message)).toEqual(['without a listener', 'second']);
  });

  test('on() refuses a listener that is not a function; off() removes a listener of once()', () => {
    const { left } = memoryPair();
    expect(() => left.on('drain', undefined as never)).toThrow(expect.objectContaining({ code: 'INVALID_PARAMETER' }));
    const listener = vi.fn();
    left.once('drain', listener).off('drain', listener);
    left.deliverDrain();
    expect(listener).not.toHaveBeenCalled();
  });
});
