import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { DeviceConnection } from '../../lib/device/index.js';
import { KEY_FRAME_FLAG, MEDIA } from '../../lib/wire/index.js';
import { runGateway, startWorld, subscribedConnection } from './gateway_support.js';
import { PATIENT } from './support.js';

const VIDEO = 0;
const AUDIO = 1;

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tirtc-recorder-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Two frames per second, every third a key frame; frame 7 is "video 7;". */
function sendVideo(connection: DeviceConnection, numbers: readonly number[], media: number = MEDIA.H264): void {
  for (const number of numbers) {
    const flags = number % 3 === 0 ? KEY_FRAME_FLAG : 0;
    const data = Buffer.from(`video ${number};`);
    connection.sendVideo({ stream: VIDEO, media, flags, timestampMs: number * 500, data });
  }
}

function sendAudio(connection: DeviceConnection, numbers: readonly number[]): void {
  for (const number of numbers) {
    const data = Buffer.from(`audio ${number};`);
    connection.sendAudio({ stream: AUDIO, media: MEDIA.ALAW, timestampMs: number * 500, data });
  }
}

/** Returns the contents of the files of a stream, the oldest first. */
function recorded(folder: string, begin: string): readonly string[] {
  const files = readdirSync(folder).filter((file) => file.startsWith(begin));
  return files.sort().map((file) => readFileSync(join(folder, file), 'latin1'));
}

const texts = (kind: string, ...numbers: readonly number[]): string => numbers.map((n) => `${kind} ${n};`).join('');

describe('recorder', PATIENT, () => {
  test('recorder writes streams to files and begins new ones on time, video at a key frame', async () => {
    const world = await startWorld();
    const folder = join(temporaryFolder(), 'new', 'folder');
    const subscribed = subscribedConnection(world.device, [VIDEO, AUDIO]);
    await world.device.start();
    const program = runGateway('recorder', [folder, '--seconds', '2'], world.variables);
    const connection = await subscribed;
    // Stop the recorder only when the last frame is on disk, which the file that begins with it shows.
    sendVideo(connection, [0, 1, 2, 3, 4, 5, 6]);
    sendAudio(connection, [0, 1, 2, 3, 4]);
    await program.line(/recording .*video-0-.*\.h264$/);
    await expect.poll(() => recorded(folder, 'video-0-'), PATIENT).toHaveLength(2);
    await expect.poll(() => recorded(folder, 'audio-1-'), PATIENT).toHaveLength(2);
    program.interrupt('SIGTERM');
    expect(await program.exit, program.text).toBe(0);
    expect(recorded(folder, 'video-0-')).toEqual([texts('video', 0, 1, 2, 3, 4, 5), texts('video', 6)]);
    expect(recorded(folder, 'audio-1-')).toEqual([texts('audio', 0, 1, 2, 3), texts('audio', 4)]);
  });

  test('recorder keeps the last files of each stream and does not touch other files', async () => {
    const world = await startWorld();
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'video-0-notes.txt'), 'mine');
    const subscribed = subscribedConnection(world.device, [VIDEO]);
    await world.device.start();
    const args = [folder, '--video', '0', '--seconds', '1', '--keep', '2'];
    const program = runGateway('recorder', args, world.variables);
    sendVideo(await subscribed, [0, 3, 6, 9]);
    await expect.poll(() => recorded(folder, 'video-0-20').at(-1), PATIENT).toBe(texts('video', 9));
    program.interrupt('SIGTERM');
    expect(await program.exit, program.text).toBe(0);
    expect(recorded(folder, 'video-0-20')).toEqual([texts('video', 6), texts('video', 9)]);
    expect(recorded(folder, 'video-0-notes')).toEqual(['mine']);
  });

  test('recorder reconnects after a connection that ended, and begins a new file', async () => {
    const world = await startWorld();
    const folder = temporaryFolder();
    const first = subscribedConnection(world.device, [AUDIO]);
    await world.device.start();
    const program = runGateway('recorder', [folder, '--audio', '1'], world.variables);
    const second = first.then(() => subscribedConnection(world.device, [AUDIO]));
    sendAudio(await first, [0, 1]);
    await expect.poll(() => recorded(folder, 'audio-1-'), PATIENT).toEqual([texts('audio', 0, 1)]);
    await (await first).close();
    sendAudio(await second, [2]);
    await expect.poll(() => recorded(folder, 'audio-1-').at(1), PATIENT).toBe(texts('audio', 2));
    program.interrupt('SIGTERM');
    expect(await program.exit, program.text).toBe(0);
    expect(recorded(folder, 'audio-1-')).toEqual([texts('audio', 0, 1), texts('audio', 2)]);
  });

  test('recorder names a stream that the device refuses', async () => {
    const world = await startWorld();
    world.device.on('connection', (connection) => connection.onSubscribe((stream) => stream === VIDEO));
    await world.device.start();
    const program = runGateway('recorder', [temporaryFolder()], world.variables);
    expect(await program.exit).toBe(1);
    expect(program.text).toMatch(/refused subscribeAudio for stream 1.*SUBSCRIBE_REFUSED/);
  });

  test('recorder refuses a format that cannot be written as plain frames', async () => {
    const world = await startWorld();
    const subscribed = subscribedConnection(world.device, [AUDIO]);
    await world.device.start();
    const program = runGateway('recorder', [temporaryFolder(), '--audio', '1'], world.variables);
    const data = Buffer.from('opus');
    (await subscribed).sendAudio({ stream: AUDIO, media: MEDIA.OPUS, timestampMs: 0, data });
    expect(await program.exit).toBe(1);
    expect(program.text).toContain(`audio-1 has media format ${MEDIA.OPUS}, which needs a container`);
  });

  test('recorder says that a folder cannot be created', async () => {
    const world = await startWorld();
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    const program = runGateway('recorder', [join(file, 'folder')], world.variables);
    expect(await program.exit).toBe(1);
    expect(program.text).toMatch(/^ENOTDIR/);
  });

  test.each([
    { args: ['a', 'b'], says: /give exactly one folder/ },
    { args: ['a', '--seconds', '0'], says: /--seconds "0" is invalid: use a whole number from 1/ },
    { args: ['a', '--speed', '2'], says: /Unknown option '--speed'/ },
  ])('recorder refuses the arguments $args', async ({ args, says }) => {
    const { variables } = await startWorld();
    const program = runGateway('recorder', args, variables);
    expect(await program.exit).toBe(2);
    expect(program.text).toMatch(says);
    expect(program.text).toContain('usage: ');
  });
});
