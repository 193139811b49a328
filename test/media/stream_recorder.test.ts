import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { parseOggOpus, parseWav } from '../../lib/media/index.js';
import { StreamRecorder } from '../../lib/media/stream_recorder.js';
import type { Frame } from '../../lib/types/index.js';
import { MEDIA } from '../../lib/wire/index.js';
import { opusPacket } from './support/media_bytes.js';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tirtc-record-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

const frame = (media: number, data: readonly number[] | Uint8Array, fields: Partial<Frame> = {}): Frame => ({
  stream: 2,
  media,
  flags: 0,
  reserved: 0,
  timestampMs: 0,
  data: Uint8Array.from(data),
  ...fields,
});

it('writes the frames in order, and an index of their places', () => {
  const path = folder();
  const recorder = new StreamRecorder(path, 'video-2');
  recorder.add(frame(MEDIA.H264, [1, 2, 3], { flags: 1, timestampMs: 1000 }), 5.04, 0);
  recorder.add(frame(MEDIA.H264, [4, 5], { timestampMs: 1066 }), 71, 0);
  recorder.add(frame(MEDIA.H264, [6], { timestampMs: 1200 }), 205, 67);
  expect(readFileSync(join(path, 'video-2.h264'))).toHaveLength(6);
  recorder.close();
  recorder.close();
  expect([...readFileSync(join(path, 'video-2.h264'))]).toEqual([1, 2, 3, 4, 5, 6]);
  expect(readFileSync(join(path, 'video-2.csv'), 'utf8')).toBe(
    'ts_ms,size_bytes,key_frame,arrival_ms,gap_ms\n1000,3,1,5.0,0\n1066,2,0,71.0,0\n1200,1,0,205.0,67\n',
  );
});

it('writes WAV that is readable, finished or not', () => {
  const path = folder();
  const recorder = new StreamRecorder(path, 'audio-2');
  for (const first of [1, 5]) recorder.add(frame(MEDIA.PCM, [first, 2, 3, 4], { flags: 3 }), 0, 0);
  const read = () => parseWav(readFileSync(join(path, 'audio-2.wav')));
  const expected = { media: MEDIA.PCM, flags: 3, samples: Buffer.from([1, 2, 3, 4, 5, 2, 3, 4]) };
  expect(read()).toMatchObject(expected);
  expect(readFileSync(join(path, 'audio-2.wav')).readUInt32LE(40)).toBe(0xffff_ffff);
  recorder.close();
  expect(read()).toMatchObject(expected);
  expect(readFileSync(join(path, 'audio-2.wav')).readUInt32LE(40)).toBe(8);
  expect(readFileSync(join(path, 'audio-2.wav')).readUInt32LE(4)).toBe(44);
});

it('writes Opus in Ogg, with time for missing frames', () => {
  const path = folder();
  const recorder = new StreamRecorder(path, 'audio-2');
  recorder.add(frame(MEDIA.OPUS, opusPacket(1), { flags: 1 }), 0, 0);
  recorder.add(frame(MEDIA.OPUS, opusPacket(2), { flags: 1 }), 0, 40);
  recorder.close();
  const { head, packets, durationMs } = parseOggOpus(readFileSync(join(path, 'audio-2.opus')));
  expect(head).toMatchObject({ channels: 1, inputSampleRate: 16_000 });
  expect(packets.map(({ startMs }) => startMs)).toEqual([0, 60]);
  expect(durationMs).toBe(80);
});

it('continues in another file when the format changes', () => {
  const path = folder();
  const recorder = new StreamRecorder(path, 'audio-2');
  recorder.add(frame(MEDIA.ALAW, [1]), 0, 0);
  recorder.add(frame(MEDIA.PCM, [1, 2]), 0, 0);
  recorder.add(frame(MEDIA.PCM, [1, 2], { flags: 1 }), 0, 0);
  recorder.add(frame(MEDIA.AMR, [9]), 0, 0);
  recorder.add(frame(0, [9]), 0, 0);
  recorder.close();
  expect(readdirSync(path).sort()).toEqual([
    ...['audio-2-2.csv', 'audio-2-2.wav', 'audio-2-3.csv', 'audio-2-3.wav', 'audio-2-4.amr', 'audio-2-4.csv'],
    ...['audio-2-5.bin', 'audio-2-5.csv', 'audio-2.alaw', 'audio-2.csv'],
  ]);
});
