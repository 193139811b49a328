import { describe, expect, it } from 'vitest';
import type { Connection } from '../../lib/types/index.js';
import {
  codeOf,
  connectionContract,
  connectPair,
  DIRECTIONS,
  deltaFrame,
  endsOf,
  keyFrame,
  nextEvent,
  pattern,
  soundFrame,
} from './support.js';

const HIGH_WATER_BYTES = 256 * 1024;
const PIECE_BYTES = 60_000;
/** More than all sockets between two ends hold: sending it without yielding fills the send buffer. */
const MOST_PIECES = 2000;

interface Burst {
  /** How many were queued. */
  readonly sent: number;
  /** The first of them that was answered with false. */
  readonly firstFalse: number;
  /** How the burst ended. */
  readonly code: string;
}

/** Send, without yielding, until there is no room. */
function burst(send: (index: number) => boolean): Burst {
  let firstFalse = -1;
  for (let i = 0; i < MOST_PIECES; i++) {
    let goOn = true;
    const code = codeOf(() => {
      goOn = send(i);
    });
    if (code !== 'nothing was thrown') return { sent: i, firstFalse, code };
    if (!goOn && firstFalse < 0) firstFalse = i;
  }
  return { sent: MOST_PIECES, firstFalse, code: 'there was always room' };
}

/** Counts the frames that arrive and checks their contents and order. */
function counter(connection: Connection, name: 'video' | 'audio' | 'message') {
  const seen = { count: 0, inOrder: true };
  connection.on(name, (frame) => {
    seen.inOrder &&= frame.timestampMs === seen.count && frame.data.length === PIECE_BYTES;
    seen.count += 1;
  });
  return seen;
}

async function drained(connection: Connection): Promise<void> {
  await nextEvent(connection, 'drain');
  expect(connection.bufferedBytes).toBeLessThanOrEqual(HIGH_WATER_BYTES / 4);
}

connectionContract('back-pressure', (kind) => {
  describe.each(DIRECTIONS)('from %s', (direction) => {
    it('sends return false to wait and throw BUSY without room, and after drain, video needs a key frame', async () => {
      const [from, to] = endsOf(await connectPair(kind), direction);
      const seen = counter(to, 'video');
      const data = pattern(PIECE_BYTES);
      const { sent, firstFalse, code } = burst((i) =>
        from.sendVideo(i === 0 ? keyFrame({ data }) : deltaFrame({ timestampMs: i, data })),
      );
      expect(code).toBe('BUSY');
      expect(firstFalse).toBeGreaterThanOrEqual(0);
      expect(firstFalse).toBeLessThan(sent);
      expect(from.bufferedBytes).toBeLessThanOrEqual(512 * 1024 + 4096);
      expect(codeOf(() => from.sendVideo(deltaFrame()))).toBe('BUSY');
      await drained(from);
      expect(codeOf(() => from.sendVideo(deltaFrame()))).toBe('BUSY');
      from.sendVideo(keyFrame({ timestampMs: sent, data }));
      const last = new Promise<void>((resolve) => {
        to.on('video', ({ timestampMs }) => {
          if (timestampMs === sent + 1) resolve();
        });
      });
      from.sendVideo(deltaFrame({ timestampMs: sent + 1, data }));
      await last;
      expect(seen).toEqual({ count: sent + 2, inOrder: true });
    });

    it('audio, messages and commands are refused without losing queued data', async () => {
      const [from, to] = endsOf(await connectPair(kind), direction);
      const data = pattern(PIECE_BYTES);
      const senders = {
        audio: (timestampMs: number) => from.sendAudio(soundFrame({ timestampMs, data })),
        message: (timestampMs: number) => from.sendMessage({ stream: 1, timestampMs, data }),
      };
      for (const name of ['audio', 'message'] as const) {
        const seen = counter(to, name);
        const { sent, firstFalse, code } = burst(senders[name]);
        expect([code, firstFalse >= 0]).toEqual(['BUSY', true]);
        await drained(from);
        const last = nextCommand(to);
        from.sendCommand({ command: 0x4001, sequenceNumber: 1 });
        await last;
        expect(seen).toEqual({ count: sent, inOrder: true });
      }
      let commands = 0;
      to.on('command', () => {
        commands += 1;
      });
      const { sent, code } = burst(() => from.sendCommand({ command: 0x4002, sequenceNumber: 1 }, data));
      expect(code).toBe('BUSY');
      await drained(from);
      await from.subscribeVideo(0);
      expect(commands).toBe(sent);
    });

    it('a program that waits for drain always finds room', async () => {
      const [from, to] = endsOf(await connectPair(kind), direction);
      const seen = counter(to, 'message');
      const data = pattern(PIECE_BYTES);
      for (let i = 0; i < 200; i++) {
        if (!from.sendMessage({ stream: 0, timestampMs: i, data })) await drained(from);
      }
      const last = nextCommand(to);
      from.sendCommand({ command: 0x4001, sequenceNumber: 1 });
      await last;
      expect(seen).toEqual({ count: 200, inOrder: true });
    });
  });

  it('back-pressure on one connection does not delay another of the same device', async () => {
    const pair = await connectPair(kind);
    const { near, far } = pair;
    const data = pattern(PIECE_BYTES);
    const { code } = burst(() => far.sendMessage({ stream: 0, timestampMs: 0, data }));
    expect(code).toBe('BUSY');
    near.handle(0x4001, () => 'the other way');
    const answer = near.request(0x4002);
    far.handle(0x4002, () => 'there is room for this');
    await drained(far);
    expect(Buffer.from((await answer).data).toString()).toBe('there is room for this');
  });
});

function nextCommand(connection: Connection): Promise<unknown> {
  return nextEvent(connection, 'command');
}
