import assert from 'node:assert/strict';
import { emulated } from 'tirtc-emulator/testing';

/** The part that both test runners have. */
export type DefineTest = (
  name: string,
  options: { readonly timeout?: number },
  test: (context: object) => Promise<void>,
) => void;

const SILENT_PROGRAM = [process.execPath, '-e', 'setInterval(() => {}, 1000)'] as const;

export function defineGreen(test: DefineTest): void {
  test(
    'a viewer sees and hears the camera, and talks to it',
    { timeout: 20_000 },
    emulated(async ({ service, device, client, expect }) => {
      await device('camera', { streams: [{ stream: 0, from: 'tone' }], commands: { '0x4001': 'echo' } });
      const viewer = await client('camera');
      await viewer.connection.subscribeAudio(0);
      await expect.frames(viewer, { audio: 0, frames: 3 });
      await expect.answer(viewer, '0x4001', { text: 'hello', answer: 'hello' });
      assert.equal(service.connections().length, 1);
    }),
  );
  test(
    'a wrong secret and an old token are refused',
    { timeout: 20_000 },
    emulated(async ({ device, client, expect }) => {
      await expect.failure(device('thief', { secret: 'wrong' }), 'REFUSED');
      await device('camera');
      await expect.failure(client('camera', { token: { issuedAt: 0 } }), 'TOKEN_EXPIRED');
    }),
  );
  test(
    'a program of Node is given what it needs',
    { timeout: 20_000 },
    emulated(async ({ program, expect }) => {
      const script = 'console.log(process.env.TIRTC_DEVICE_ID, process.argv[1]); setInterval(() => {}, 1000)';
      await program('firmware', [process.execPath, '-e', script, '{{deviceId}}'], { deviceId: 'fw-1' });
      await expect.event('firmware', 'line', { where: { text: 'fw-1 fw-1' }, within: '10s' });
    }),
  );
}

export function defineRed(test: DefineTest): void {
  test(
    'expects a frame that never comes',
    { timeout: 20_000 },
    emulated(async ({ device, client, expect }) => {
      await device('camera');
      const viewer = await client('camera', { name: 'viewer' });
      await expect.frames(viewer, { audio: 0, within: 100 });
    }),
  );
  test(
    'asserts something that is not so',
    { timeout: 20_000 },
    emulated(async ({ service, device }) => {
      await device('doorbell');
      assert.deepEqual(service.onlineDevices(), ['letterbox']);
    }),
  );
  test(
    'takes longer than its time',
    { timeout: 600 },
    emulated(async ({ program }) => {
      await program('firmware', SILENT_PROGRAM);
      await new Promise(() => {});
    }),
  );
  test(
    'runs a program that crashes',
    { timeout: 20_000 },
    emulated(async ({ program, expect }) => {
      const script = 'console.error("out of paper", process.env.TIRTC_DEVICE_SECRET_KEY); process.exitCode = 3';
      await program('printer', [process.execPath, '-e', script], { deviceId: 'printer-1' });
      await expect.event('service', 'deviceOnline', { within: '15s' });
    }),
  );
}
