import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { MEDIA } from '../../lib/wire/index.js';
import { gatewayCommand, startWorld, subscribedConnection, type World } from './gateway_support.js';
import { PATIENT, Program } from './support.js';

const STREAM = 1;
const FRAME_BYTES = 160;

interface Talk {
  readonly program: Program;
  /** What the program wrote to its standard output so far. */
  heard(): Buffer;
}

/** Runs the program with files as standard input and output. */
function talk({ variables }: World, said: Buffer): Talk {
  const folder = mkdtempSync(join(tmpdir(), 'tirtc-talk-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [input, output] = [join(folder, 'said'), join(folder, 'heard')];
  writeFileSync(input, said);
  const command = ['sh', '-c', `exec "$@" <'${input}' >'${output}'`, 'sh', ...gatewayCommand('talk_back')] as const;
  return { program: new Program(command, variables), heard: () => readFileSync(output) };
}

const bytes = (count: number, from: number): Buffer => Buffer.from(Array.from({ length: count }, (_, i) => from + i));
const soundFrame = (data: Uint8Array, media: number = MEDIA.ALAW) => ({ stream: STREAM, media, timestampMs: 0, data });

describe('talk_back', PATIENT, () => {
  test('talk_back sends all of its input and writes all received audio at the same time', async () => {
    const world = await startWorld();
    const said = bytes(5 * FRAME_BYTES + 7, 1);
    const answers = [bytes(FRAME_BYTES, 50), bytes(FRAME_BYTES, 90)];
    const subscribed = subscribedConnection(world.device, [STREAM]);
    const frames: { readonly data: Uint8Array; readonly timestampMs: number }[] = [];
    world.device.on('connection', (connection) => connection.on('audio', (frame) => frames.push(frame)));
    await world.device.start();
    const { program, heard } = talk(world, said);
    const connection = await subscribed;
    for (const data of answers) connection.sendAudio(soundFrame(data));

    await expect.poll(() => Buffer.concat(frames.map(({ data }) => data)), PATIENT).toEqual(said);
    expect(frames.map(({ data }) => data.length)).toEqual([160, 160, 160, 160, 160, 7]);
    const distances = frames.slice(1).map(({ timestampMs }, i) => timestampMs - (frames[i]?.timestampMs ?? 0));
    expect(Math.min(...distances)).toBeGreaterThanOrEqual(19); // each rounded down to whole milliseconds
    await expect.poll(heard, PATIENT).toEqual(Buffer.concat(answers));

    program.interrupt('SIGTERM');
    expect(await program.exit, program.text).toBe(0);
    expect(heard()).toEqual(Buffer.concat(answers));
  });

  test('talk_back exits with 0 and all received audio when the device disconnects', async () => {
    const world = await startWorld();
    const subscribed = subscribedConnection(world.device, [STREAM]);
    await world.device.start();
    const { program, heard } = talk(world, Buffer.alloc(500 * FRAME_BYTES)); // ten seconds
    const connection = await subscribed;
    connection.sendAudio(soundFrame(bytes(FRAME_BYTES, 3)));
    await connection.close();
    expect(await program.exit, program.text).toBe(0);
    expect(program.text).toContain('PEER_CLOSED');
    expect(heard()).toEqual(bytes(FRAME_BYTES, 3));
  });

  test('talk_back refuses audio in another format', async () => {
    const world = await startWorld();
    const subscribed = subscribedConnection(world.device, [STREAM]);
    await world.device.start();
    const { program, heard } = talk(world, Buffer.alloc(0));
    (await subscribed).sendAudio(soundFrame(bytes(FRAME_BYTES, 3), MEDIA.PCM));
    expect(await program.exit).toBe(1);
    expect(program.text).toContain(`audio stream 1 has media format ${MEDIA.PCM}: it must be A-law`);
    expect(heard()).toHaveLength(0);
  });

  test('talk_back says that the device is not online', async () => {
    const { program } = talk(await startWorld(), Buffer.alloc(FRAME_BYTES));
    expect(await program.exit).toBe(1);
    expect(program.text).toMatch(/OFFLINE/);
  });
});
