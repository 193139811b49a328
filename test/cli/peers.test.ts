import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SimulatedService } from '../../lib/service/index.js';
import { issueConnectToken } from '../../lib/token/index.js';
import { file, type TestCli, tirtc, tirtcServer } from './support.js';

const CLIP = new URL('../../examples/media/testsrc2-320x240-15fps.h264', import.meta.url).pathname;
const SOUND = new URL('../../examples/media/sine-440hz-8khz.alaw', import.meta.url).pathname;

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tirtc-cli-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

function fileNamed(name: string, text: string): string {
  const path = join(folder(), name);
  writeFileSync(path, text);
  return path;
}

async function startService() {
  const service = new SimulatedService({ devices: { cam: 'camera-secret' }, apps: { ak: 'app-secret' } });
  const { endpoint } = await service.listen();
  onTestFinished(() => service.close());
  const env = {
    TIRTC_ENDPOINT: endpoint,
    TIRTC_ACCESS_KEY_ID: 'ak',
    TIRTC_SECRET_KEY_ID: 'app-secret',
    TIRTC_DEVICE_SECRET_KEY: 'camera-secret',
  };
  return { service, endpoint, env };
}

type Service = Awaited<ReturnType<typeof startService>>;

async function startDevice({ env }: Service, ...args: string[]): Promise<TestCli> {
  const cli = tirtcServer(['device', ...args], { env: { ...env, TIRTC_DEVICE_ID: 'cam' } });
  await cli.line(/^started=cam$|"event":"started"/);
  return cli;
}

const linesOf = (out: string) => out.split('\n').map((line) => JSON.parse(line));

describe('device and connect', () => {
  test('device plays files, and connect receives and records them', async () => {
    const service = await startService();
    const device = await startDevice(service, '--video', `0:${CLIP}`, '--fps', '100', '--audio', `1:${SOUND}`);
    const out = folder();
    const watch = ['connect', 'device://cam', '--video', '0', '--audio', '1', '--out', out, '--frames', '20'];
    const { exit, out: printed, err } = await tirtc(watch, { env: service.env });
    expect(exit).toBe(0);
    expect(err).toContain('connected to "cam"');
    expect(printed).toMatch(/^video 0: \d+ frames \(\d key\), .* 0 lost \(0\.0 %\), jitter \d+\.\d ms$/m);
    expect(printed).toMatch(/^audio 1: \d+ frames, /m);
    expect(readdirSync(out).sort()).toEqual(['audio-1.alaw', 'audio-1.csv', 'video-0.csv', 'video-0.h264']);
    const video = readFileSync(join(out, 'video-0.h264'));
    expect(readFileSync(CLIP).subarray(0, video.length).equals(video)).toBe(true);
    await device.line(/connection 1 ended[\s\S]*sent video 0: \d+ frames/);
    expect(await device.stop()).toBe(0);
    expect([...device.err, ...device.out, printed, err].join('\n')).not.toMatch(/camera-secret|app-secret/);
  });

  test('device and connect print JSON lines with --json', async () => {
    const service = await startService();
    const device = await startDevice(service, '--json', '--video', '3:clock');
    const args = ['connect', 'cam', '--json', '--video', '3', '--frames', '2', '--key-frame'];
    const { exit, out, err } = await tirtc(args, { env: service.env });
    expect(exit).toBe(0);
    expect(err).toBe('');
    expect(linesOf(out)[0]).toEqual({ event: 'connected', remoteId: 'cam' });
    expect(linesOf(out).at(-1)).toMatchObject({
      event: 'end',
      why: 'complete',
      missing: [],
      exitCode: 0,
      streams: [{ kind: 'video', stream: 3, lostFrames: 0 }],
    });
    await device.line(/"disconnected"/);
    const events = linesOf(device.out.join('\n')).map(({ event }) => event);
    expect(events).toEqual(['started', 'connected', 'subscribed', 'keyFrameRequested', 'disconnected']);
    expect(device.err).toEqual([]);
  });

  test('generated audio and video do not end, and --duration ends the connection', async () => {
    const service = await startService();
    await startDevice(service, '--video', '0:clock', '--audio', '1:tone', '--audio', '2:tone-pcm');
    const out = folder();
    const args = ['connect', 'cam', '--video', '0', '--audio', '1', '--audio', '2', '--duration', '0.5', '--out', out];
    const { exit, out: printed } = await tirtc(args, { env: service.env });
    expect([exit, printed.split('\n').length]).toEqual([0, 3]);
    expect(
      readdirSync(out)
        .filter((name) => !name.endsWith('.csv'))
        .sort(),
    ).toEqual([...['audio-1.alaw', 'audio-2.wav', 'video-0.mjpeg']]);
    expect(readFileSync(join(out, 'audio-1.alaw')).length).toBeGreaterThan(800);
  });

  test('connect shows the state of streams on a terminal and removes the line at the end', async () => {
    const service = await startService();
    await startDevice(service, '--audio', '1:tone');
    const { cli, live } = tirtcOnTerminal(['connect', 'cam', '--audio', '1'], service);
    await live(/^audio 1: \d+\.\d fps \d+ kbit\/s loss 0\.0 % jitter \d+\.\d ms \| rtt /);
    expect(await cli.stop()).toBe(0);
    await live(/^undefined$/);
  });
});

describe('commands', () => {
  test('a command is answered from a file, and connect prints the answer', async () => {
    const service = await startService();
    const table = file('{"0x4001": "echo", "0x4002": {"hex": "00ff"}, "other": {"json": [1]}}');
    const device = await startDevice(service, '--commands', table);
    const ask = async (...args: string[]) =>
      await tirtc(['connect', 'cam', '--command', ...args], { env: service.env });
    expect(await ask('0x4001', '--data', 'hello')).toMatchObject({ exit: 0, out: 'hello' });
    expect(await ask('16386')).toMatchObject({ exit: 0, out: '00ff' });
    expect(await ask('0x7000', '--hex', '01 02')).toMatchObject({ exit: 0, out: '[1]' });
    const { out } = await ask('0x4001', '--data', 'hi', '--json');
    expect(linesOf(out)[1]).toEqual({ event: 'answer', command: 0x4001, text: 'hi' });
    await device.line(/command 0x7000, "0102"/);
  });

  test('a command is answered by a script', async () => {
    const service = await startService();
    const script = fileNamed(
      'answers.mjs',
      'export default ({ command }, { subject }) => [subject, command].join(":");',
    );
    await startDevice(service, '--commands', script);
    const args = ['connect', 'cam', '--subject', 'me', '--command', '0x4001'];
    expect(await tirtc(args, { env: service.env })).toMatchObject({ exit: 0, out: 'me:16385' });
  });

  test('connect exits with 5 when a command is not answered', async () => {
    const service = await startService();
    await startDevice(service);
    const args = ['connect', 'cam', '--command', '0x4001', '--timeout', '0.2'];
    const { exit, err } = await tirtc(args, { env: service.env });
    expect(exit).toBe(5);
    expect(err).toContain('no answer to command 0x4001');
  });
});

describe('the exit code of connect', () => {
  test('connect exits with 0 when the device is online and nothing else was requested', async () => {
    const service = await startService();
    await startDevice(service);
    expect(await tirtc(['connect', 'cam'], { env: service.env })).toMatchObject({ exit: 0, out: '' });
  });

  test('connect exits with 3 for an invalid token and for a refused subscription', async () => {
    const service = await startService();
    await startDevice(service);
    const token = (secretKey: string) =>
      issueConnectToken({ accessId: 'ak', secretKey, remoteId: 'cam', deviceSecretKey: 'camera-secret', subject: 's' });
    const { TIRTC_ENDPOINT } = service.env;
    const given = { TIRTC_ENDPOINT, TIRTC_TOKEN: token('wrong') };
    expect(await tirtc(['connect', 'cam'], { env: given })).toMatchObject({
      exit: 3,
      err: expect.stringContaining('TOKEN_SIGNATURE'),
    });
    const input = `${token('app-secret')}\n`;
    expect((await tirtc(['connect', 'cam', '--token-stdin'], { env: given, input })).exit).toBe(0);
    const { exit, err } = await tirtc(['connect', 'cam', '--video', '9'], { env: service.env });
    expect(exit).toBe(3);
    expect(err).toContain('refused subscribeVideo for stream 9');
  });

  test('connect exits with 4 when the service or the device is not there', async () => {
    const service = await startService();
    const { exit, err } = await tirtc(['connect', 'cam'], { env: service.env });
    expect(exit).toBe(4);
    expect(err).toContain('the device is unknown or not started');
    await service.service.close();
    expect((await tirtc(['connect', 'cam'], { env: service.env })).exit).toBe(4);
  });

  test('connect exits with 5 when less arrived than was requested', async () => {
    const service = await startService();
    const device = await startDevice(service, '--video', `0:${CLIP}`);
    const watch = ['connect', 'cam', '--video', '0', '--frames', '1000'];
    const { exit, err } = await tirtc([...watch, '--duration', '0.3'], { env: service.env });
    expect(exit).toBe(5);
    expect(err).toMatch(/video 0: \d+ of 1000 frames arrived/);
    const watching = tirtcServer(watch, { env: service.env });
    await device.line(/connection 2: subscribed to video 0/);
    await device.stop();
    expect(await watching.exit).toBe(5);
    expect(watching.err.join()).toContain('the connection ended early');
  });

  test('connect exits with 1 when a file cannot be written', async () => {
    const service = await startService();
    await startDevice(service, '--audio', '1:tone');
    const args = ['connect', 'cam', '--audio', '1', '--out', file('in the way'), '--duration', '20'];
    const { exit, err } = await tirtc(args, { env: service.env });
    expect(exit).toBe(1);
    expect(err).toMatch(/recording stopped: E(EXIST|NOTDIR)/);
  });
});

describe('the exit code of device', () => {
  test('device exits with 3 when the service refuses it, and shows no secret', async () => {
    const { env } = await startService();
    const { exit, err } = await tirtc(['device', '--id', 'cam'], {
      env: { ...env, TIRTC_DEVICE_SECRET_KEY: 'a-wrong-one' },
    });
    expect(exit).toBe(3);
    expect(err).toContain('check device id and secret key');
    expect(err).not.toContain('a-wrong-one');
  });

  test('device exits with 0 when it is stopped before it is online', async () => {
    const service = await startService();
    await service.service.close();
    const cli = tirtcServer(['device', '--id', 'cam'], { env: service.env });
    await cli.line(/trying again/);
    expect(await cli.stop()).toBe(0);
  });

  test('device does not exit with 0 when another device replaces it', async () => {
    const service = await startService();
    const first = await startDevice(service);
    await startDevice(service);
    expect(await first.exit).toBe(1);
    expect(first.err.join()).toContain('run each device id once');
  });
});

describe('invalid arguments and files', () => {
  const env = { TIRTC_ENDPOINT: 'http://127.0.0.1:1', TIRTC_DEVICE_SECRET_KEY: 's' };
  const device = (...more: string[]) => ['device', '--id', 'cam', ...more];
  const bad = (text: string) => fileNamed('bad.mjs', text);

  test.each([
    [['device'], env, 'no device id: use --id ID or set TIRTC_DEVICE_ID'],
    [device(), {}, 'TIRTC_DEVICE_SECRET_KEY'],
    [device(), { TIRTC_DEVICE_SECRET_KEY: 's' }, 'no endpoint'],
    [device('--endpoint', 'ftp://x'), env, 'give an http, https, ws or wss URL'],
    [device('--video', '0:/nowhere.h264'), env, '/nowhere.h264 cannot be read (ENOENT)'],
    [device('--video', `0:${SOUND}`), env, `use --audio 0:${SOUND}`],
    [device('--audio', '0:clock'), env, 'use --video 0:clock'],
    [device('--video', '1:clock', '--audio', '1:tone'), env, 'stream 1 is used twice'],
    [device('--video', 'clip.h264'), env, 'as in 0:clip.h264'],
    [device('--video', '16:clock'), env, 'stream number from 0 to 15'],
    [device('--fps', '0'), env, 'number greater than 0'],
    [device('--commands', '/nowhere.json'), env, '/nowhere.json cannot be read (ENOENT)'],
    [device('--commands', '/nowhere.mjs'), env, '/nowhere.mjs cannot be loaded'],
    [['connect'], env, "missing required argument 'device'"],
    [['connect', 'cam'], env, 'no token: set TIRTC_TOKEN'],
    [['connect', 'cam', '--token-stdin'], env, 'no token on standard input'],
    [['connect', 'cam', '--command', '0x8000'], env, '"0x8000" is not a command'],
    [['connect', 'cam', '--hex', 'abc'], env, '"abc" is not a sequence of bytes'],
    [['connect', 'cam', '--hex', 'ab', '--data', 'x'], env, 'cannot be used with'],
    [['connect', 'cam', '--frames', '-1'], env, 'whole number'],
    [['connect', 'cam', '--data', 'x'], env, '--data and --hex need --command'],
    [['connect', 'cam', '--key-frame'], env, '--key-frame needs --video'],
    [['connect', 'cam', '--frames', '3'], env, '--frames needs --video or --audio'],
  ])('the command line %j is refused with a hint', async (args, given, hint) => {
    const { exit, err } = await tirtc(args, { env: given });
    expect(err).toContain(hint);
    expect(exit).toBe(2);
  });

  test.each([
    ['{"0x4001": "echo",}', /:1:19: a comma before \} is not allowed/],
    ['{"0x4001": "ecko"}', /the answer to "0x4001" is invalid.*use "echo"/],
    ['{"0x4001": "echo", "0x4001": "echo"}', /:1:20: this name occurs twice/],
  ])('the command table %s is refused with its place', async (text, hint) => {
    const { exit, err } = await tirtc(device('--commands', file(text)), { env });
    expect(err).toMatch(hint);
    expect(exit).toBe(2);
  });

  test('scripts that do not load or export no function are refused', async () => {
    for (const [text, hint] of [
      ['export const answer = 1;', 'no default export that is a function'],
      ['throw new Error("in the script")', 'in the script'],
    ] as const) {
      const { exit, err } = await tirtc(device('--commands', bad(text)), { env });
      expect(err).toContain(hint);
      expect(exit).toBe(2);
    }
  });
});

/** Runs `tirtc` as if on a terminal, and waits for texts of its live line. */
function tirtcOnTerminal(args: readonly string[], { env }: Service) {
  const shown: string[] = [];
  let look = () => {};
  const cli = tirtcServer(args, {
    env,
    live: (line) => {
      shown.push(String(line));
      look();
    },
  });
  const live = async (pattern: RegExp) =>
    await new Promise<void>((resolve) => {
      look = () => shown.some((line) => pattern.test(line)) && resolve();
      look();
    });
  return { cli, live };
}
