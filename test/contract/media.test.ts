import { describe, expect, it } from 'vitest';
import type { Frame, OutgoingFrame } from '../../lib/types/index.js';
import { KEY_FRAME_FLAG, MEDIA } from '../../lib/wire/index.js';
import {
  codeOf,
  connectionContract,
  connectPair,
  DIRECTIONS,
  deltaFrame,
  endsOf,
  keyFrame,
  pattern,
  soundFrame,
  take,
} from './support.js';

const SIZES = [0, 1, 125, 126, 65_535, 65_536, 1024 * 1024];
const ROOM = { device: { maxSendBufferBytes: 4 * 1024 * 1024 }, client: { maxSendBufferBytes: 4 * 1024 * 1024 } };

/** A frame without its bytes, which are compared separately: a difference in a megabyte would be unreadable. */
function fieldsOf({ data, ...fields }: Frame | OutgoingFrame) {
  return { ...fields, size: data.length };
}

function expectSame(arrived: readonly Frame[], sent: readonly OutgoingFrame[]): void {
  expect(arrived.map(fieldsOf)).toEqual(sent.map(fieldsOf));
  expect(arrived.map(({ data }, i) => Buffer.compare(data, sent[i]?.data ?? Buffer.alloc(0)))).toEqual(
    sent.map(() => 0),
  );
}

connectionContract('media', (kind) => {
  describe.each(DIRECTIONS)('from %s', (direction) => {
    it('a frame of any size arrives unchanged, every field and byte', async () => {
      const [from, to] = endsOf(await connectPair(kind, ROOM), direction);
      const make = (media: number, flags: number) =>
        SIZES.map((size, i) => ({
          stream: i,
          media,
          flags,
          reserved: 255 - i,
          timestampMs: 0xffff_ffff - i,
          data: pattern(size, media + i),
        }));
      const [video, audio] = [
        make(MEDIA.H265, 0xff),
        make(MEDIA.OPUS, 3).map((one) => ({ ...one, stream: one.stream + 8 })),
      ];
      const messages = make(MEDIA.MESSAGE, 0x5a);
      const arrived = [take(to, 'video', 7), take(to, 'audio', 7), take(to, 'message', 7)] as const;
      for (const frame of video) from.sendVideo(frame);
      for (const frame of audio) from.sendAudio(frame);
      for (const { media: _, ...message } of messages) from.sendMessage(message);
      expectSame(await arrived[0], video);
      expectSame(await arrived[1], audio);
      expectSame(await arrived[2], messages);
    });

    it('flags and reserved have defaults, and timestamps are modulo 2^32', async () => {
      const [from, to] = endsOf(await connectPair(kind), direction);
      const arrived = take(to, 'audio', 3);
      for (const timestampMs of [-1, 2 ** 32 + 5, 7.9]) from.sendAudio(soundFrame({ timestampMs }));
      expect((await arrived).map(({ timestampMs }) => timestampMs)).toEqual([0xffff_ffff, 5, 7]);
      expect((await arrived).map(({ flags, reserved }) => [flags, reserved])).toEqual([0, 0, 0].map(() => [0, 0]));
    });

    it('a frame is copied: the sender may change it, and the received frame stays valid', async () => {
      const [from, to] = endsOf(await connectPair(kind), direction);
      const arrived = take(to, 'message', 60);
      const data = new Uint8Array(5000);
      for (let i = 0; i < 60; i++) from.sendMessage({ stream: 0, timestampMs: i, data: data.fill(i) });
      const ok = (await arrived).every(
        (frame, i) => frame.data.length === 5000 && frame.data.every((byte) => byte === i),
      );
      expect(ok).toBe(true);
    });

    it('sixteen streams at once each arrive in order', async () => {
      const [from, to] = endsOf(await connectPair(kind), direction);
      const rounds = 20;
      const [video, audio] = [take(to, 'video', 8 * rounds), take(to, 'audio', 8 * rounds)];
      for (let round = 0; round < rounds; round++) {
        for (let stream = 0; stream < 16; stream++) {
          const data = pattern(300 + stream, round);
          const flags = round === 0 ? KEY_FRAME_FLAG : 0;
          if (stream % 2 === 0) from.sendVideo(keyFrame({ stream, flags, timestampMs: round, data }));
          else from.sendAudio(soundFrame({ stream, timestampMs: round, data }));
        }
      }
      for (const frames of [await video, await audio]) {
        for (const stream of new Set(frames.map((frame) => frame.stream))) {
          const own = frames.filter((frame) => frame.stream === stream);
          expect(own.map(({ timestampMs }) => timestampMs)).toEqual(
            Array.from({ length: rounds }, (_, round) => round),
          );
          expect(own.every(({ data }, round) => Buffer.compare(data, pattern(300 + stream, round)) === 0)).toBe(true);
        }
        expect(new Set(frames.map((frame) => frame.stream)).size).toBe(8);
      }
    });

    it('each video stream must start with a key frame', async () => {
      const [from, to] = endsOf(await connectPair(kind), direction);
      const arrived = take(to, 'video', 3);
      expect(codeOf(() => from.sendVideo(deltaFrame()))).toBe('BUSY');
      expect(() => from.sendVideo(deltaFrame())).toThrow('needs a key frame (flags: KEY_FRAME_FLAG)');
      from.sendVideo(keyFrame({ timestampMs: 1 }));
      from.sendVideo(deltaFrame({ timestampMs: 2 }));
      expect(codeOf(() => from.sendVideo(deltaFrame({ stream: 3 })))).toBe('BUSY');
      from.sendVideo(keyFrame({ stream: 3, timestampMs: 3 }));
      expect((await arrived).map(({ timestampMs }) => timestampMs)).toEqual([1, 2, 3]);
    });

    it('audio and video cannot share a stream, and messages can use any stream', async () => {
      const [from, to] = endsOf(await connectPair(kind), direction);
      const arrived = take(to, 'message', 2);
      from.sendVideo(keyFrame({ stream: 4 }));
      from.sendAudio(soundFrame({ stream: 5 }));
      expect(codeOf(() => from.sendAudio(soundFrame({ stream: 4 })))).toBe('INVALID_PARAMETER');
      expect(codeOf(() => from.sendVideo(keyFrame({ stream: 5 })))).toBe('INVALID_PARAMETER');
      expect(codeOf(() => from.sendVideo(deltaFrame({ stream: 5 })))).toBe('INVALID_PARAMETER');
      expect(() => from.sendAudio(soundFrame({ stream: 4 }))).toThrow('cannot share a stream');
      for (const stream of [4, 5]) from.sendMessage({ stream, timestampMs: 0, data: pattern(3) });
      expect((await arrived).map(({ stream }) => stream)).toEqual([4, 5]);
      from.sendVideo(deltaFrame({ stream: 4 }));
    });

    it('a frame of another class or of an unknown stream is refused', async () => {
      const [from] = endsOf(await connectPair(kind), direction);
      const wrong: (() => boolean)[] = [
        () => from.sendVideo(keyFrame({ media: MEDIA.OPUS })),
        () => from.sendVideo(keyFrame({ media: 128 })),
        () => from.sendAudio(soundFrame({ media: MEDIA.H264 })),
        () => from.sendAudio(soundFrame({ media: MEDIA.MESSAGE })),
        () => from.sendVideo(keyFrame({ stream: 16 })),
        () => from.sendAudio(soundFrame({ flags: 256 })),
        () => from.sendMessage({ stream: 0, timestampMs: Number.NaN, data: pattern(1) }),
        () => from.sendMessage({ stream: 0, timestampMs: 0, data: [1] as never }),
      ];
      expect(wrong.map(codeOf)).toEqual(wrong.map(() => 'INVALID_PARAMETER'));
    });

    it('a frame may be as large as the send buffer, and not a byte larger', async () => {
      const size = 65_536;
      const limits = { device: { maxSendBufferBytes: size }, client: { maxSendBufferBytes: size } };
      const [from, to] = endsOf(await connectPair(kind, limits), direction);
      const arrived = take(to, 'video', 1);
      expect(codeOf(() => from.sendVideo(keyFrame({ data: pattern(size + 1) })))).toBe('INVALID_PARAMETER');
      expect(codeOf(() => from.sendCommand(0x18000, pattern(size + 1)))).toBe('INVALID_PARAMETER');
      expect(() => from.sendVideo(keyFrame({ data: pattern(size + 1) }))).toThrow(
        /65537 bytes.*: it is larger than the send buffer: raise maxSendBufferBytes/,
      );
      from.sendVideo(keyFrame({ data: pattern(size) }));
      expect(Buffer.compare((await arrived)[0]?.data ?? Buffer.alloc(0), pattern(size))).toBe(0);
      const command = take(to, 'command', 1);
      from.sendCommand(0x18000, pattern(size, 1));
      expect(Buffer.compare((await command)[0]?.data ?? Buffer.alloc(0), pattern(size, 1))).toBe(0);
    });

    it('a frame may be as large as the service accepts, and not a byte larger', async () => {
      const [from, to] = endsOf(await connectPair(kind, { service: { maxMessageBytes: 1000 } }), direction);
      const arrived = take(to, 'video', 1);
      expect(codeOf(() => from.sendVideo(keyFrame({ data: pattern(988) })))).toBe('INVALID_PARAMETER');
      expect(() => from.sendVideo(keyFrame({ data: pattern(988) }))).toThrow(/than the peer or the service accepts/);
      expect(codeOf(() => from.sendCommand(0x18000, pattern(996)))).toBe('INVALID_PARAMETER');
      from.sendCommand(0x18000, pattern(995));
      from.sendVideo(keyFrame({ data: pattern(987) }));
      expect((await arrived)[0]?.data).toHaveLength(987);
    });
  });
});
