import { describe, expect, it, vi } from 'vitest';
import type { Connection } from '../../lib/types/index.js';
import { MEDIA } from '../../lib/wire/index.js';
import {
  codeOf,
  connectionContract,
  connectPair,
  DIRECTIONS,
  endsOf,
  eventually,
  keyFrame,
  nextEvent,
  pattern,
  soundFrame,
} from './support.js';

/** Values that cannot be printed. */
const NOTHING = Object.create(null) as never;

/** Calls that throw at once. */
const CALLS: readonly (readonly [what: string, call: (connection: Connection) => unknown])[] = [
  ['sendVideo(null)', (it) => it.sendVideo(null as never)],
  ['sendVideo() of a text', (it) => it.sendVideo('frame' as never)],
  ['sendVideo() without media', (it) => it.sendVideo({ stream: 0, timestampMs: 0, data: pattern(1) } as never)],
  ['sendVideo() of an array', (it) => it.sendVideo(keyFrame({ data: [1, 2] as never }))],
  ['sendVideo() of an ArrayBuffer', (it) => it.sendVideo(keyFrame({ data: new ArrayBuffer(1) as never }))],
  ['sendVideo() without a time', (it) => it.sendVideo(keyFrame({ timestampMs: undefined as never }))],
  ['sendVideo() without data', (it) => it.sendVideo(keyFrame({ data: undefined as never }))],
  ['sendVideo() of data that is text', (it) => it.sendVideo(keyFrame({ data: 'a picture' as never }))],
  ['sendVideo() on a symbol', (it) => it.sendVideo(keyFrame({ stream: Symbol('0') as never }))],
  ['sendVideo() of media that is an object', (it) => it.sendVideo(keyFrame({ media: NOTHING }))],
  ['sendVideo() on stream "0"', (it) => it.sendVideo(keyFrame({ stream: '0' as never }))],
  ['sendAudio() of video', (it) => it.sendAudio(keyFrame())],
  ['sendMessage(undefined)', (it) => it.sendMessage(undefined as never)],
  ['sendCommand(null)', (it) => it.sendCommand(null as never)],
  ['sendCommand() of a symbol', (it) => it.sendCommand(Symbol('1') as never)],
  ['handle() of an object without a function', (it) => it.handle(NOTHING, undefined as never)],
  ['frames() of a bigint', (it) => it.frames(1n as never)],
  ['frames() with an object for room', (it) => it.frames('video', { maxItems: NOTHING })],
  ['sendCommand("1")', (it) => it.sendCommand('16385' as never)],
  ['sendCommand() of an object', (it) => it.sendCommand(0x8002, {} as never)],
  ['sendCommand() with half a word', (it) => it.sendCommand({ command: 0x4001 } as never)],
  ['handle() without a function', (it) => it.handle(0x4001, undefined as never)],
  ['handle("x")', (it) => it.handle('x' as never, () => undefined)],
  ['onSubscribe(5)', (it) => it.onSubscribe(5 as never)],
  ['on() without a function', (it) => it.on('video', {} as never)],
  ['once() without a function', (it) => it.once('video', undefined as never)],
  ['frames("vidoe")', (it) => it.frames('vidoe' as never)],
  ['frames() with a misspelt option', (it) => it.frames('video', { maxItem: 1 } as never)],
  ['frames() of stream 16', (it) => it.frames('video', { stream: 16 })],
  ['frames() without room', (it) => it.frames('video', { maxItems: 0 })],
  ['frames() with a limit that is not a number', (it) => it.frames('video', { maxBytes: '1' as never })],
  ['frames() with an invalid signal', (it) => it.frames('video', { signal: {} as never })],
  ['commands(null)', (it) => it.commands(null as never)],
  ['commands() with an option of frames()', (it) => it.commands({ stream: 1 } as never)],
  ['requestKeyFrame(-1)', (it) => it.requestKeyFrame(-1)],
  ['unsubscribeVideo("0")', (it) => it.unsubscribeVideo('0' as never)],
];

/** Calls that reject. */
const PROMISES: readonly (readonly [what: string, call: (connection: Connection) => Promise<unknown>])[] = [
  ['request("x")', (it) => it.request('x' as never)],
  ['request(0x8000)', (it) => it.request(0x8000)],
  ['request() of an object', (it) => it.request(0x4001, {} as never)],
  ['request() with null for options', (it) => it.request(0x4001, '', null as never)],
  ['request() with an invalid timeout', (it) => it.request(0x4001, '', { timeoutMs: 'soon' as never })],
  ['request() with no time at all', (it) => it.request(0x4001, '', { timeoutMs: 0 })],
  ['request() with an invalid signal', (it) => it.request(0x4001, '', { signal: 5 as never })],
  ['request() of a symbol', (it) => it.request(Symbol('1') as never)],
  ['request() with a bigint for time', (it) => it.request(0x4001, '', { timeoutMs: 5n as never })],
  ['subscribeVideo(16)', (it) => it.subscribeVideo(16)],
  ['subscribeAudio() with a time below 0', (it) => it.subscribeAudio(0, { timeoutMs: -1 })],
];

connectionContract('bad input', (kind) => {
  it('bad input is refused by name, at both ends, and has no other effect', async () => {
    const { near, far } = await connectPair(kind);
    for (const end of [near, far]) {
      const got = CALLS.map(([what, call]) => `${what}: ${codeOf(() => call(end))}`);
      expect(got).toEqual(CALLS.map(([what]) => `${what}: INVALID_PARAMETER`));
      for (const [what, call] of PROMISES) {
        await expect(call(end), what).rejects.toMatchObject({ code: 'INVALID_PARAMETER' });
      }
      await expect(end.request(0x4001, '', { timeout: 5 } as never)).rejects.toThrow(/did you mean "timeoutMs"/);
    }
    await expect(near.request('0x4001' as never)).rejects.toThrow('command is "0x4001"');
    far.handle(0x4001, () => 'here');
    expect(Buffer.from((await near.request(0x4001)).data).toString()).toBe('here');
  });

  describe.each(DIRECTIONS)('from %s', (direction) => {
    it('bytes that change after a send arrive unchanged', async () => {
      const [from, to] = endsOf(await connectPair(kind), direction);
      const sent = pattern(5000);
      const sends: Readonly<Record<'video' | 'audio' | 'message', (data: Uint8Array) => boolean>> = {
        video: (data) => from.sendVideo(keyFrame({ data })),
        audio: (data) => from.sendAudio(soundFrame({ data })),
        message: (data) => from.sendMessage({ stream: 0, timestampMs: 0, data }),
      };
      for (const name of ['video', 'audio', 'message'] as const) {
        const arrived = nextEvent(to, name);
        const data = Uint8Array.from(sent);
        sends[name](data);
        data.fill(0xee);
        expect(Buffer.compare((await arrived)[0].data, sent)).toBe(0);
      }
      const command = nextEvent(to, 'command');
      const data = Uint8Array.from(sent);
      from.sendCommand({ command: 0x4001, sequenceNumber: 1 }, data);
      data.fill(0xee);
      expect(Buffer.compare((await command)[0].data, sent)).toBe(0);
    });

    it('transferred memory is refused, and an empty payload is accepted', async () => {
      const [from, to] = endsOf(await connectPair(kind), direction);
      const arrived = nextEvent(to, 'message');
      const data = pattern(100);
      structuredClone(data, { transfer: [data.buffer as ArrayBuffer] });
      expect(codeOf(() => from.sendMessage({ stream: 0, timestampMs: 0, data }))).toBe('INVALID_PARAMETER');
      from.sendMessage({ stream: 0, timestampMs: 0, data: new Uint8Array(0) });
      expect((await arrived)[0].data).toHaveLength(0);
    });

    it('a handler that throws or rejects is reported once, only as error, and everything continues', async () => {
      const [from, to] = endsOf(await connectPair(kind), direction);
      const console = vi.spyOn(globalThis.console, 'error').mockImplementation(() => {});
      const unhandled = vi.fn();
      process.on('unhandledRejection', unhandled);
      const told: string[] = [];
      to.on('error', (error) => void told.push(String((error as Error).message)));
      for (const name of ['video', 'audio', 'message', 'command', 'keyFrameRequested', 'unsubscribed'] as const) {
        to.on(name, () => {
          throw new Error(`${name} throws`);
        });
        to.on(name, () => Promise.reject(new Error(`${name} rejects`)));
      }
      to.onSubscribe(() => Promise.reject(new Error('onSubscribe rejects')));
      to.handle(0x4002, () => {
        throw new Error('handle throws');
      });
      to.handle(0x4003, () => Promise.reject(new Error('handle rejects')));
      from.sendVideo(keyFrame());
      from.sendAudio(soundFrame());
      from.sendMessage({ stream: 0, timestampMs: 0, data: pattern(1) });
      for (const command of [0x4001, 0x4002, 0x4003]) from.sendCommand({ command, sequenceNumber: 1 });
      from.requestKeyFrame(0);
      from.unsubscribeAudio(0);
      await expect(from.subscribeVideo(0)).rejects.toMatchObject({ code: 'SUBSCRIBE_REFUSED' });
      const names = ['video', 'audio', 'message', 'command', 'keyFrameRequested', 'unsubscribed', 'handle'];
      const expected = [...names.flatMap((name) => [`${name} throws`, `${name} rejects`]), 'onSubscribe rejects'];
      await eventually(() => expect(told.toSorted()).toEqual(expected.toSorted()));
      to.handle(0x4004, () => 'alive');
      expect(Buffer.from((await from.request(0x4004)).data).toString()).toBe('alive');
      expect(told).toHaveLength(expected.length);
      expect([console.mock.calls, unhandled.mock.calls]).toEqual([[], []]);
      process.off('unhandledRejection', unhandled);
    });

    it('the error of a handler without a listener for error goes to the console', async () => {
      const [from, to] = endsOf(await connectPair(kind), direction);
      const console = vi.spyOn(globalThis.console, 'error').mockImplementation(() => {});
      to.on('audio', () => {
        throw new Error('without a listener');
      });
      from.sendAudio({ stream: 0, media: MEDIA.PCM, timestampMs: 0, data: pattern(1) });
      await eventually(() => expect(console).toHaveBeenCalledTimes(1));
      expect(String(console.mock.calls[0])).toContain('without a listener');
      expect(to.state).toBe('open');
    });
  });
});
