import { describe, expect, it, vi } from 'vitest';
import type { Command } from '../../lib/types/index.js';
import { makeCommandWord } from '../../lib/wire/index.js';
import {
  codeOf,
  connectionContract,
  connectPair,
  DIRECTIONS,
  endOf,
  endsOf,
  eventually,
  nextEvent,
  pattern,
  take,
} from './support.js';

const PING = 0x4001;
const SIZES = [0, 1, 125, 126, 65_535, 65_536, 1024 * 1024];
const ROOM = { device: { maxSendBufferBytes: 4 * 1024 * 1024 }, client: { maxSendBufferBytes: 4 * 1024 * 1024 } };

const textOf = ({ data }: Command): string => Buffer.from(data).toString();

connectionContract('commands', (kind) => {
  describe.each(DIRECTIONS)('from %s', (direction) => {
    it('commands of any size arrive unchanged and in order', async () => {
      const [from, to] = endsOf(await connectPair(kind, ROOM), direction);
      const arrived = take(to, 'command', SIZES.length);
      for (const [i, size] of SIZES.entries()) {
        from.sendCommand({ command: 0x7fff - i, sequenceNumber: 0xffff - i }, pattern(size, i));
      }
      const commands = await arrived;
      expect(commands.map(({ data }) => data.length)).toEqual(SIZES);
      for (const [i, { word, command, sequenceNumber, isResponse, data }] of commands.entries()) {
        expect([command, sequenceNumber, isResponse]).toEqual([0x7fff - i, 0xffff - i, false]);
        expect(word).toBe(makeCommandWord(0x7fff - i, 0xffff - i));
        expect(Buffer.compare(data, pattern(data.length, i))).toBe(0);
      }
    });

    it('a command may have any word from 0x2000 on, and none of the SDK', async () => {
      const [from, to] = endsOf(await connectPair(kind), direction);
      const arrived = take(to, 'command', 3);
      const words = [0x2000, 0xfffe, 0xffff_ffff];
      for (const word of words) from.sendCommand(word, 'x');
      expect((await arrived).map(({ word }) => word)).toEqual(words);
      expect(codeOf(() => from.sendCommand(0x1fff))).toBe('INVALID_PARAMETER');
      expect(codeOf(() => from.sendCommand({ command: 5, sequenceNumber: 0 }))).toBe('INVALID_PARAMETER');
    });

    it('answers in any order settle the right request', async () => {
      const [from, to] = endsOf(await connectPair(kind), direction);
      const asked = take(to, 'command', 4);
      const answers = ['a', 'b', 'c', 'd'].map((text) => from.request(PING, text));
      for (const command of (await asked).reverse()) command.reply(`${textOf(command)}!`);
      expect((await Promise.all(answers)).map(textOf)).toEqual(['a!', 'b!', 'c!', 'd!']);
    });

    it('a handler answers with text, bytes, a promise, nothing, or its own reply', async () => {
      const [from, to] = endsOf(await connectPair(kind), direction);
      const later = (text: string) => new Promise<string>((resolve) => setImmediate(() => resolve(text)));
      to.handle(0x4001, () => 'text');
      to.handle(0x4002, ({ data }) => Buffer.from(data).reverse());
      to.handle(0x4003, () => later('later'));
      to.handle(0x4004, () => {});
      to.handle(0x4005, (command) => void command.reply('by itself'));
      const commands = [0x4001, 0x4002, 0x4003, 0x4004, 0x4005];
      const answers = await Promise.all(commands.map((command) => from.request(command, 'abc')));
      expect(answers.map(textOf)).toEqual(['text', 'cba', 'later', '', 'by itself']);
      expect(answers.map(({ isResponse, command }) => [isResponse, command])).toEqual(
        commands.map((one) => [true, one]),
      );
    });

    it('a command has one handler, which can be removed', async () => {
      const [from, to] = endsOf(await connectPair(kind), direction);
      const takeAway = to.handle(PING, () => 'handled');
      expect(codeOf(() => to.handle(PING, () => 'second'))).toBe('INVALID_PARAMETER');
      expect(textOf(await from.request(PING))).toBe('handled');
      takeAway();
      to.once('command', (command) => command.reply('as an event'));
      expect(textOf(await from.request(PING))).toBe('as an event');
    });

    it('a request times out without an answer, and a late answer is emitted as an event', async () => {
      const [from, to] = endsOf(await connectPair(kind), direction);
      const asked = nextEvent(to, 'command');
      const answer = from.request(PING, 'hurry', { timeoutMs: 20 });
      await expect(answer).rejects.toMatchObject({ code: 'TIMEOUTED', number: -40005, message: /0x4001.*20 ms/ });
      const late = nextEvent(from, 'command');
      (await asked)[0].reply('too late');
      const [command] = await late;
      expect([command.isResponse, textOf(command)]).toEqual([true, 'too late']);
    });

    it('a request rejects by its signal, before and during the wait', async () => {
      const [from, to] = endsOf(await connectPair(kind), direction);
      const commands = vi.fn();
      to.on('command', commands);
      const aborted = AbortSignal.abort(new Error('never sent'));
      await expect(from.request(PING, 'x', { signal: aborted })).rejects.toThrow('never sent');
      const controller = new AbortController();
      const answer = from.request(PING, 'y', { signal: controller.signal });
      const rejected = expect(answer).rejects.toThrow('no longer');
      await eventually(() => expect(commands).toHaveBeenCalledTimes(1));
      controller.abort(new Error('no longer'));
      await rejected;
    });

    it('requests reject when the connection ends', async () => {
      const [from, to] = endsOf(await connectPair(kind), direction);
      const asked = nextEvent(to, 'command');
      const answer = expect(from.request(PING)).rejects.toMatchObject({ code: 'PEER_CLOSED', number: -40008 });
      await asked;
      await to.close();
      await answer;
      const own = await connectPair(kind);
      const [near] = endsOf(own, direction);
      const unanswered = expect(near.request(PING)).rejects.toMatchObject({
        code: 'CONNECTION_CLOSED',
        number: -40002,
      });
      await near.close();
      await unanswered;
    });

    it('handlers and listeners that throw or reject are reported once and do no harm', async () => {
      const [from, to] = endsOf(await connectPair(kind), direction);
      const errors: unknown[] = [];
      to.on('error', (error) => errors.push(error));
      to.handle(0x4001, () => {
        throw new Error('handler');
      });
      to.handle(0x4002, () => Promise.reject(new Error('promise')));
      to.on('command', () => {
        throw new Error('listener');
      });
      const others = take(to, 'command', 1);
      await expect(from.request(0x4001, '', { timeoutMs: 20 })).rejects.toMatchObject({ code: 'TIMEOUTED' });
      await expect(from.request(0x4002, '', { timeoutMs: 20 })).rejects.toMatchObject({ code: 'TIMEOUTED' });
      from.sendCommand({ command: PING + 8, sequenceNumber: 1 }, 'on it goes');
      expect((await others).map(textOf)).toEqual(['on it goes']);
      expect(errors.map((error) => (error as Error).message)).toEqual(['handler', 'promise', 'listener']);
      expect(to.state).toBe('open');
    });
  });

  it('simultaneous requests of both sides get their own answers', async () => {
    const { near, far } = await connectPair(kind);
    near.handle(PING, ({ data }) => `client got ${Buffer.from(data).toString()}`);
    far.handle(PING, ({ data }) => `device got ${Buffer.from(data).toString()}`);
    const both = await Promise.all(
      Array.from({ length: 20 }, (_, i) => Promise.all([near.request(PING, `c${i}`), far.request(PING, `d${i}`)])),
    );
    const expected = Array.from({ length: 20 }, (_, i) => [`device got c${i}`, `client got d${i}`]);
    expect(both.map((answers) => answers.map(textOf))).toEqual(expected);
  });

  it('commands can be iterated over, and dropped ones are counted', async () => {
    const { near, far } = await connectPair(kind);
    const all = far.commands();
    const few = far.commands({ maxItems: 2 });
    const ended = endOf(far);
    for (let i = 0; i < 5; i++) near.sendCommand({ command: PING, sequenceNumber: i }, String(i));
    await near.close();
    await ended;
    const texts = async (commands: AsyncIterable<Command>): Promise<string[]> => {
      const got: string[] = [];
      for await (const command of commands) got.push(textOf(command));
      return got;
    };
    expect(await texts(all)).toEqual(['0', '1', '2', '3', '4']);
    expect(await texts(few)).toEqual(['0', '1']);
    expect(far.stats().droppedCommands).toBe(3);
  });
});
