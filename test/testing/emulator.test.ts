import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { Device } from '../../lib/device/index.js';
import { Emulator, emulated } from '../../lib/testing/index.js';
import { isAlive } from '../scenario/support.js';

/** Resolves with the error of a promise. */
async function failureOf(attempt: Promise<unknown>): Promise<Error> {
  return await attempt.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: Error) => error,
  );
}

describe('an emulator', () => {
  test('ends all its actors when it is closed, whatever their state', async () => {
    const emulator = await Emulator.start();
    const camera = await emulator.device('camera');
    await emulator.device('asleep', { start: false });
    const viewer = await emulator.client('camera');
    await emulator.client('camera', { connect: false });
    const sleeper = [process.execPath, '-e', 'console.log(process.pid); setInterval(() => {}, 1000)'] as const;
    const program = await emulator.program('sleeper', sleeper);
    await emulator.expect.event('sleeper', 'line', { within: '8s' });
    const pid = Number(/line \(stream="stdout" text="(\d+)"\)/.exec(emulator.timeline())?.[1]);
    expect(isAlive(pid)).toBe(true);
    await Promise.all([emulator.close(), emulator.close()]);
    expect([isAlive(pid), program.isRunning, camera.device.state]).toEqual([false, false, 'closed']);
    expect(() => viewer.connection).toThrow('not connected');
    await expect(fetch(emulator.endpoint)).rejects.toThrow('fetch failed');
    await expect(emulator.device('late')).rejects.toThrow('the emulator was closed');
  });

  test(
    'gives valid credentials and a free port',
    emulated(async ({ credentials, freePort, service }) => {
      await using device = new Device(credentials('mine'));
      await device.start();
      expect(service.onlineDevices()).toEqual(['mine']);
      const server = createServer().listen(await freePort(), '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      await new Promise((resolve) => server.close(resolve));
    }),
  );

  test(
    'never shows a secret or a token',
    emulated(async ({ credentials, program, token, timeline, expect: sees }) => {
      const script = 'console.log(process.env.TIRTC_DEVICE_SECRET_KEY, process.env.TIRTC_TOKEN, "done")';
      const run = [process.execPath, '-e', script] as const;
      await program('gossip', run, { deviceId: 'camera', connectsTo: 'camera' });
      await sees.event('gossip', 'line', { where: { text: '… v1.… done' }, within: '8s' });
      expect(timeline()).not.toContain(credentials('camera').deviceSecretKey);
      expect(timeline()).not.toContain(token('camera'));
    }),
  );

  test(
    'has clients that reconnect with tickets, and devices that restart after a stop',
    emulated(async ({ device, client, expect: sees }) => {
      const camera = await device('camera');
      const viewer = await client('camera');
      await viewer.disconnect();
      await viewer.connect({ credential: 'ticket' });
      await sees.event('camera', 'connected', { where: { subject: 'client-1' }, count: 2 }); // its event arrives a moment later
      await camera.close();
      await sees.event('camera', 'stopped');
      await sees.event(viewer, 'closed');
      await device('camera');
      await viewer.connect();
      await sees.event('camera', 'connected', { where: { subject: 'client-1' } });
    }),
  );

  test(
    'suggests a name for an unknown one',
    emulated(async ({ device, client, program, expect: sees }) => {
      await device('camera');
      await client('camera', { name: 'viewer' });
      await expect(sees.event('camrea', 'started')).rejects.toThrow(/no actor "camrea".*did you mean "camera"\?/);
      await expect(sees.event('camera', 'strated')).rejects.toThrow(
        /does not emit "strated".*did you mean "started"\?/,
      );
      await expect(client('camera', { name: 'viewer' })).rejects.toThrow('there is already a client viewer');
      await expect(device('viewer')).rejects.toThrow('"viewer" is already a client');
      await expect(program('fw', ['./no-such-program'])).rejects.toThrow('there is no such program');
      await client('camera', { name: 'client-3' });
      const viewer = await client('camera'); // client-3 is taken
      expect(viewer.name).toBe('client-4');
      await expect(sees.frames(viewer, {})).rejects.toThrow('one stream is required');
    }),
  );

  test('fails on an event that must not happen, and passes without it', async () => {
    const error = await failureOf(
      emulated(async ({ device, expect: sees }) => {
        const camera = await device('camera');
        await sees.never('camera', 'stopped', { during: 20 });
        const never = sees.never('camera', 'stopped', { during: '8s' });
        await Promise.all([never, camera.stop()]);
      })(undefined),
    );
    expect(error.message).toMatch(
      /^never camera stopped during=8s: camera emitted "stopped", which must not happen here/,
    );
  });
});

describe('a failure', () => {
  test('has the timeline once after its message, also in its stack', async () => {
    const failure = new RangeError('too far');
    const error = await failureOf(
      emulated(async ({ device }) => {
        await device('camera');
        throw failure;
      })(undefined),
    );
    expect(error).toBe(failure);
    expect(error.message).toMatch(/^too far\n\nWhat all actors did:\n[\s\S]*camera {3}started/);
    expect(error.stack).toMatch(/^RangeError: too far\n\nWhat all actors did:/);
    expect(error.message.match(/What all actors did/g)).toHaveLength(1);
  });

  test('may be any value', async () => {
    const frozen = await failureOf(emulated(() => Promise.reject(Object.freeze(new Error('cold'))))(undefined));
    expect(frozen.message).toMatch(/^cold\n\nWhat all actors did:/);
    const text = await failureOf(emulated(() => Promise.reject('just text'))(undefined));
    expect(text.message).toMatch(/^a test threw just text\n\nWhat all actors did:/);
  });

  test('of expect.failure() has the actual outcome', async () => {
    const none = await failureOf(
      emulated(({ device, expect: sees }) => sees.failure(device('camera'), 'REFUSED').then(() => {}))(undefined),
    );
    expect(none.message).toContain('it succeeded; expected REFUSED');
    const other = await failureOf(
      emulated(({ device, expect: sees }) =>
        sees.failure(device('camera', { secret: 'unknown' }), 'TIMEOUTED').then(() => {}),
      )(undefined),
    );
    expect(other.message).toContain('it failed with REFUSED: ');
  });

  test('of a program fails a test that does not watch it', async () => {
    const error = await failureOf(
      emulated(async ({ program, signal }) => {
        await program('fw', [process.execPath, '-e', 'process.exitCode = 9']);
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      })(undefined),
    );
    expect(error.message).toContain('fw ended with exit code 9, and its option mayFail is not set');
  });
});

// biome-ignore lint/suspicious/noExplicitAny: values that TypeScript would refuse
type Untyped = any;

describe('a misspelled option in a JavaScript test', () => {
  test.each<[string, (emulator: Untyped) => Promise<unknown>]>([
    ['expect.event() has no "wihtin"', ({ expect }) => expect.event('camera', 'started', { wihtin: 1 })],
    ['within is "soon"', ({ expect }) => expect.event('camera', 'started', { within: 'soon' })],
    ['count is 0', ({ expect }) => expect.event('camera', 'started', { count: 0 })],
    [
      'the event command has no "txt"',
      ({ expect }) => expect.never('camera', 'command', { where: { txt: 'x' }, during: 1 }),
    ],
    ['during is "missing"', ({ expect }) => expect.never('camera', 'stopped', {})],
    ['the options of expect.never() are undefined', ({ expect }) => expect.never('camera', 'stopped')],
    ['expect.frames() has no "frame"', ({ expect }) => expect.frames({ name: 'app' }, { audio: 1, frame: 2 })],
    ['"app" is not a client', ({ expect }) => expect.answer('app', '0x4001')],
    ['expect.answer() has no "expect"', ({ expect }) => expect.answer({ name: 'app' }, '0x4001', { expect: 'x' })],
    ['client() has no "nam"', ({ client }) => client('camera', { nam: 'app' })],
    ['sdk is "nativ"', ({ client }) => client('camera', { sdk: 'nativ' })],
    ['program() has no "device"', ({ program }) => program('p', ['sleep', '9'], { device: 'p' })],
    ['"sleep 9" is not a program', ({ program }) => program('p', 'sleep 9')],
    ['secret is "wrnog"', ({ program }) => program('p', ['sleep', '9'], { deviceId: 'p', secret: 'wrnog' })],
    ['a program twin is already running', ({ program }) => program('twin', ['sleep', '9'])],
  ])('is refused: %s', async (message, attempt) => {
    await using emulator = await Emulator.start();
    await emulator.device('camera');
    await emulator.program('twin', [process.execPath, '-e', 'setInterval(() => {}, 1000)']);
    const failure = await failureOf(attempt(emulator));
    expect(failure).toMatchObject({ code: 'INVALID_PARAMETER' });
    expect(failure.message).toContain(message);
  });

  test('is refused in the options of an emulator', async () => {
    await expect(Emulator.start({ timeoutMS: 1 } as Untyped)).rejects.toThrow('did you mean "timeoutMs"?');
  });
});
