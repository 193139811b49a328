import { describe, expect, it, vi } from 'vitest';
import { TiRtcError } from '../../lib/errors/index.js';
import type { Connection } from '../../lib/types/index.js';
import { next } from '../device/support.js';
import {
  codeOf,
  connectionContract,
  connectPair,
  DIRECTIONS,
  endOf,
  endsOf,
  eventually,
  keyFrame,
  type Pair,
  pattern,
  take,
} from './support.js';

/** All calls that send. */
function codesOfSends(connection: Connection): readonly string[] {
  const sends: readonly (() => unknown)[] = [
    () => connection.sendCommand({ command: 0x4001, sequenceNumber: 1 }),
    () => connection.sendVideo(keyFrame()),
    () => connection.sendMessage({ stream: 0, timestampMs: 0, data: pattern(1) }),
    () => connection.requestKeyFrame(0),
    () => connection.unsubscribeAudio(0),
  ];
  return [...new Set(sends.map(codeOf))];
}

function numberOf({ service }: Pair): number {
  return service.connections()[0]?.connection ?? -1;
}

connectionContract('the end', (kind) => {
  describe.each(DIRECTIONS)('closed by the first, %s', (direction) => {
    it('close() is not an error on this side, and PEER_CLOSED on the other', async () => {
      const pair = await connectPair(kind);
      const [closer, other] = endsOf(pair, direction);
      const ends = [endOf(closer), endOf(other)];
      const closing = closer.close();
      expect(closer.state).toBe('closing');
      await closing;
      expect(await ends[0]).toBeUndefined();
      expect(await ends[1]).toMatchObject({ code: 'PEER_CLOSED', number: -40008 });
      expect([closer.state, other.state]).toEqual(['closed', 'closed']);
      expect(closer.error).toBeUndefined();
      expect(other.error).toBe(await ends[1]);
      expect([closer.bufferedBytes, other.bufferedBytes]).toEqual([0, 0]);
      await eventually(() => expect(pair.service.connections()).toEqual([]));
    });

    it('the end arrives after all queued data', async () => {
      const [closer, other] = endsOf(await connectPair(kind), direction);
      const arrived = take(other, 'message', 60);
      const data = pattern(5000);
      for (let i = 0; i < 60; i++) closer.sendMessage({ stream: 0, timestampMs: i, data });
      await closer.close();
      expect((await arrived).map(({ timestampMs }) => timestampMs)).toEqual(Array.from({ length: 60 }, (_, i) => i));
    });

    it('a connection closes once, on both sides, however often close() is called', async () => {
      const [closer, other] = endsOf(await connectPair(kind), direction);
      const closed = [vi.fn(), vi.fn()] as const;
      closer.on('closed', closed[0]);
      other.on('closed', closed[1]);
      const closing = closer.close();
      expect(closer.close()).toBe(closing);
      await closing;
      await other.close();
      await closer[Symbol.asyncDispose]();
      expect(closed.map((listener) => listener.mock.calls.length)).toEqual([1, 1]);
    });

    it('sends after close() throw and say why', async () => {
      const [closer, other] = endsOf(await connectPair(kind), direction);
      const ended = endOf(other);
      const closing = closer.close();
      expect(codesOfSends(closer)).toEqual(['CONNECTION_CLOSED']);
      await closing;
      await ended;
      expect(codesOfSends(closer)).toEqual(['CONNECTION_CLOSED']);
      expect(codesOfSends(other)).toEqual(['PEER_CLOSED']);
      await expect(closer.request(0x4001)).rejects.toMatchObject({ code: 'CONNECTION_CLOSED', number: -40002 });
      await expect(other.subscribeVideo(0)).rejects.toMatchObject({ code: 'PEER_CLOSED', number: -40008 });
      expect(closer.stats()).toMatchObject({ droppedFrames: 0 });
    });

    it('nothing is delivered after close()', async () => {
      const [closer, other] = endsOf(await connectPair(kind), direction);
      const commands = vi.fn();
      closer.on('command', commands);
      closer.handle(0x4002, commands);
      const closing = closer.close();
      for (let i = 0; i < 20; i++) {
        if (other.state === 'open') other.sendCommand({ command: 0x4001 + (i % 2), sequenceNumber: i });
      }
      await closing;
      expect(commands).not.toHaveBeenCalled();
    });

    it('close() can be called inside a handler', async () => {
      const [closer, other] = endsOf(await connectPair(kind), direction);
      const ended = Promise.all([endOf(closer), endOf(other)]);
      closer.on('command', () => closer.close());
      other.on('closed', () => other.close());
      other.sendCommand({ command: 0x4001, sequenceNumber: 1 });
      expect(await ended).toMatchObject([undefined, { code: 'PEER_CLOSED' }]);
    });

    it('a broken link has its own error on this side, and PEER_CLOSED on the other', async () => {
      const pair = await connectPair(kind);
      const [broken, other] = endsOf(pair, direction);
      const ends = [endOf(broken), endOf(other)];
      pair.service.dropConnection(numberOf(pair), direction === 'client to device' ? 'client' : 'device');
      expect(await ends[0]).toMatchObject({ code: 'CONN_OTHER_ERROR', number: -40009, retryable: true });
      expect(await ends[1]).toMatchObject({ code: 'PEER_CLOSED', number: -40008 });
      expect(codesOfSends(broken)).toEqual(['CONN_OTHER_ERROR']);
      await broken.close();
    });
  });

  it('a connection closed by both sides at once has no error on either', async () => {
    const { near, far } = await connectPair(kind);
    const ends = Promise.all([endOf(near), endOf(far)]);
    await Promise.all([near.close(), far.close()]);
    expect(await ends).toEqual([undefined, undefined]);
  });

  it('both sides get an error when the service drops the connection, or stops', async () => {
    const dropped = await connectPair(kind);
    const ends = Promise.all([endOf(dropped.near), endOf(dropped.far)]);
    dropped.service.dropConnection(numberOf(dropped));
    expect(await ends).toMatchObject([{ number: -40009 }, { number: -40009 }]);
    const stopping = await connectPair(kind);
    const last = Promise.all([endOf(stopping.near), endOf(stopping.far)]);
    await stopping.service.close();
    const expected = { code: 'STOPPING', number: -40009, retryable: true };
    expect(await last).toMatchObject([expected, expected]);
  });

  it('stop() ends a connection with an error on the device, and PEER_CLOSED at the client', async () => {
    const { device, near, far } = await connectPair(kind);
    const ends = Promise.all([endOf(near), endOf(far)]);
    await device.stop();
    expect(await ends).toMatchObject([{ code: 'PEER_CLOSED', number: -40008 }, { number: -40009 }]);
  });

  it('a connection outlives the start link of its device', async () => {
    const { service, device, near, far } = await connectPair(kind);
    const back = next(device, 'serviceBack');
    service.dropStartLink('cam');
    await back;
    far.handle(0x4001, () => 'still here');
    expect(Buffer.from((await near.request(0x4001)).data).toString()).toBe('still here');
  });

  it('the error says what happened, with which peer, and what to do', async () => {
    const { near, far } = await connectPair(kind);
    const ended = endOf(near);
    await far.close();
    const error = await ended;
    expect(error).toBeInstanceOf(TiRtcError);
    expect((error as TiRtcError).message).toMatch(
      /the connection to "cam" ended: the peer closed the connection.*\(PEER_CLOSED, -40008\): connect again/,
    );
  });
});
