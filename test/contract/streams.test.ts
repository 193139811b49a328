import { describe, expect, it } from 'vitest';
import type { Connection } from '../../lib/types/index.js';
import { codeOf, connectionContract, connectPair, DIRECTIONS, endsOf, eventually, take } from './support.js';

/** The stream events of a side, in order. */
function newsOf(connection: Connection): unknown[] {
  const news: unknown[] = [];
  connection.on('keyFrameRequested', (stream) => news.push(['key frame', stream]));
  connection.on('subscribed', (stream, kind) => news.push(['subscribed', kind, stream]));
  connection.on('unsubscribed', (stream, kind) => news.push(['unsubscribed', kind, stream]));
  return news;
}

connectionContract('streams', (kind) => {
  describe.each(DIRECTIONS)('from %s', (direction) => {
    it('a stream can be subscribed, asked for a key frame, and unsubscribed', async () => {
      const [from, to] = endsOf(await connectPair(kind), direction);
      const news = newsOf(to);
      await from.subscribeVideo(0);
      await from.subscribeAudio(15);
      from.requestKeyFrame(0);
      from.unsubscribeVideo(0);
      from.unsubscribeAudio(15);
      await eventually(() => expect(news).toHaveLength(5));
      expect(news).toEqual([
        ['subscribed', 'video', 0],
        ['subscribed', 'audio', 15],
        ['key frame', 0],
        ['unsubscribed', 'video', 0],
        ['unsubscribed', 'audio', 15],
      ]);
    });

    it('onSubscribe() accepts or refuses a subscribe, now or later', async () => {
      const [from, to] = endsOf(await connectPair(kind), direction);
      const news = newsOf(to);
      const asked: unknown[] = [];
      to.onSubscribe((stream, media) => {
        asked.push([stream, media]);
        return Promise.resolve(stream < 2 ? true : stream === 2 ? 0 : stream === 3 ? false : -40006);
      });
      await from.subscribeVideo(1);
      await from.subscribeAudio(2);
      await expect(from.subscribeVideo(3)).rejects.toMatchObject({
        code: 'SUBSCRIBE_REFUSED',
        number: -40012,
        message: /stream 3 with status 1/,
        retryable: false,
      });
      await expect(from.subscribeAudio(4)).rejects.toMatchObject({ code: 'SUBSCRIBE_REFUSED', number: -40006 });
      expect(asked).toEqual([
        [1, 'video'],
        [2, 'audio'],
        [3, 'video'],
        [4, 'audio'],
      ]);
      expect(news).toEqual([
        ['subscribed', 'video', 1],
        ['subscribed', 'audio', 2],
      ]);
      to.onSubscribe(undefined);
      await from.subscribeVideo(3);
    });

    it('a subscribe is refused when onSubscribe() throws, and the error is reported', async () => {
      const [from, to] = endsOf(await connectPair(kind), direction);
      const errors = take(to, 'error', 1);
      to.onSubscribe(() => {
        throw new Error('no such camera');
      });
      await expect(from.subscribeVideo(1)).rejects.toMatchObject({ code: 'SUBSCRIBE_REFUSED' });
      expect(await errors).toMatchObject([{ message: 'no such camera' }]);
      expect(to.state).toBe('open');
    });

    it('a subscribe is refused when onSubscribe() returns an invalid value, which is reported', async () => {
      const [from, to] = endsOf(await connectPair(kind), direction);
      const wrong = ['no', Number.NaN, {}, 2 ** 40, undefined, null];
      const errors = take(to, 'error', wrong.length);
      for (const answer of wrong) {
        to.onSubscribe(() => answer as never);
        await expect(from.subscribeVideo(1)).rejects.toMatchObject({ code: 'SUBSCRIBE_REFUSED' });
      }
      expect(await errors).toMatchObject(wrong.map(() => ({ code: 'INVALID_PARAMETER' })));
    });

    it('a subscribe times out, ends by its signal, and ends with the connection', async () => {
      const [from, to] = endsOf(await connectPair(kind), direction);
      to.onSubscribe(() => new Promise<boolean>(() => {}));
      await expect(from.subscribeVideo(1, { timeoutMs: 20 })).rejects.toMatchObject({
        code: 'TIMEOUTED',
        number: -40005,
      });
      const controller = new AbortController();
      const given = expect(from.subscribeVideo(2, { signal: controller.signal })).rejects.toThrow('no more');
      controller.abort(new Error('no more'));
      await given;
      const pending = expect(from.subscribeAudio(3)).rejects.toMatchObject({ code: 'PEER_CLOSED' });
      await to.close();
      await pending;
    });

    it('the streams are 0 to 15', async () => {
      const [from] = endsOf(await connectPair(kind), direction);
      for (const stream of [-1, 16, 1.5, Number.NaN]) {
        expect(codeOf(() => from.requestKeyFrame(stream))).toBe('INVALID_PARAMETER');
        expect(codeOf(() => from.unsubscribeVideo(stream))).toBe('INVALID_PARAMETER');
        await expect(from.subscribeVideo(stream)).rejects.toMatchObject({ code: 'INVALID_PARAMETER' });
      }
    });
  });

  it('both sides can subscribe at once', async () => {
    const { near, far } = await connectPair(kind);
    const [atNear, atFar] = [newsOf(near), newsOf(far)];
    await Promise.all([near.subscribeVideo(0), far.subscribeVideo(0), near.subscribeAudio(0), far.subscribeAudio(0)]);
    const both = [
      ['subscribed', 'video', 0],
      ['subscribed', 'audio', 0],
    ];
    expect([atNear, atFar]).toEqual([both, both]);
  });
});
