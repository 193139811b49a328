import { describe, expect, it } from 'vitest';
import { ERROR_ADVICE, errorName } from '../../lib/errors/index.js';
import { encodeControl } from '../../lib/wire/index.js';
import { rawServer, scriptedService } from '../support/scripted_service.js';
import { ANSWERS, answer, BAD_TOKENS, UNRESOLVABLE, WRONG_ANSWERS, WRONG_MESSAGES } from './cases.js';
import { connectClient, type DeviceProgram, type Ended, type Program, startDevice } from './programs.js';
import { closedPort, DEVICE_ID, leaveNothingOpen, makeDevice, secretOf, startService, tokenWith } from './support.js';

leaveNothingOpen();

const RIGHT = { deviceId: DEVICE_ID, secret: secretOf(DEVICE_ID) };

/** Returns an error as the C programs print it: its number, and the text of TiRtcGetErrorStr(). */
function shown(what: string, number: number): string {
  const name = errorName(number);
  if (name === undefined) throw new Error(`${number} is not the number of an error`);
  return `${what}, error ${number}: TIRTC_E_${name} (${ERROR_ADVICE[name]})`;
}

/** Resolves when the first attempt of a device has failed. If it tries again, it is interrupted. */
async function firstFailure(device: Program, isFinal: boolean): Promise<Ended> {
  await device.says(isFinal ? /so there is none/ : /the next attempt begins in \d+ ms/);
  const ended = isFinal ? await device.ended : await device.interrupt();
  expect([ended.code, ended.output.includes('device stopped')], ended.output).toEqual([1, true]);
  return ended;
}

async function expectFailure(given: Partial<DeviceProgram>, number: number, isFinal: boolean): Promise<void> {
  const { output } = await firstFailure(startDevice({ ...RIGHT, ...given }), isFinal);
  expect(output).toContain(shown('could not start', number));
}

async function expectRefusal(
  endpoint: string,
  number: number,
  token = tokenWith(),
  impatient = false,
): Promise<string> {
  const { code, output } = await connectClient(endpoint, DEVICE_ID, token, impatient).ended;
  expect(output).toContain(shown('no connection', number));
  expect(code, output).toBe(1);
  return output;
}

describe('a C program that is a device', () => {
  it('prints how to give an endpoint when it is missing or invalid', async () => {
    const without = await startDevice(RIGHT).ended;
    expect(without.output).toContain(shown('the device cannot start', -40003));
    expect(without.output).toMatch(/TIRTC_OPT_SERVICE_ENDPOINT.*TIRTC_ENDPOINT/);
    expect(without.code).toBe(1);
    for (const endpoint of ['ftp://h', 'https://h', 'http://user:hunter2@h', 'http://h/?token=hunter2']) {
      const bad = await startDevice({ ...RIGHT, endpoint }).ended;
      expect(bad.output).toContain(shown('the device cannot start', -40003));
      expect([bad.code, bad.output.includes('host[:port]')], bad.output).toEqual([1, true]);
    }
  });

  it('tries again while there is no listener, and while the name cannot be resolved', async () => {
    await expectFailure({ endpoint: `http://127.0.0.1:${await closedPort()}` }, -11, false);
    await expectFailure({ endpoint: UNRESOLVABLE }, -5, false);
  });

  it('is refused with a final failure when its secret is wrong or its id is unknown', async () => {
    const { service, endpoint } = await startService([DEVICE_ID]);
    await expectFailure({ endpoint, secret: 'wrong secret' }, -40004, true);
    await expectFailure({ endpoint, deviceId: 'unknown' }, -40004, true);
    expect(service.onlineDevices()).toEqual([]);
  });

  it.each(ANSWERS)(
    'whose start is answered with %s fails as docs/errors.md says',
    async (_, status, number, isFinal) => {
      const endpoint = await rawServer(answer(status));
      const { output } = await firstFailure(startDevice({ ...RIGHT, endpoint }), isFinal);
      expect(output).toContain(shown('could not start', number));
      expect(output.includes('redirected to ')).toBe(status.startsWith('302'));
    },
  );

  it('tries again when the service closes, or hangs before or after the upgrade', async () => {
    await expectFailure({ endpoint: await rawServer('') }, -40012, false);
    await expectFailure({ endpoint: await rawServer(undefined), impatient: true }, -2, false);
    const mute = await scriptedService(() => {});
    await expectFailure({ endpoint: mute.endpoint, impatient: true }, -2, false);
  });

  it.each(WRONG_ANSWERS)('whose endpoint answers with %s tries again', async (_, text) => {
    await expectFailure({ endpoint: await rawServer(text) }, -40015, false);
  });

  it.each(WRONG_MESSAGES)('that receives %s tries again', async (_, say) => {
    await expectFailure({ endpoint: (await scriptedService(say)).endpoint }, -40015, false);
  });

  it('does not try again at a service that does not know its secret', async () => {
    const fake = await scriptedService(async (link) => {
      link.send(encodeControl({ type: 'challenge', nonce: new Uint8Array(32) }));
      await link.next();
      const limits = { keepAliveMs: 4000, silenceMs: 12_000, maxMessageBytes: 65_536 };
      link.send(encodeControl({ type: 'started', mac: new Uint8Array(32), ...limits }));
    });
    await expectFailure({ endpoint: fake.endpoint }, -40015, true);
  });

  it('fails when a newer start replaces it', async () => {
    const { service, endpoint } = await startService([DEVICE_ID]);
    const older = startDevice({ ...RIGHT, endpoint, args: [] });
    await older.says(/device started/);
    await makeDevice(endpoint, DEVICE_ID).start();
    expect((await firstFailure(older, true)).output).toContain(shown('could not start', -40006));
    expect(service.onlineDevices()).toEqual([DEVICE_ID]);
  });

  it('comes online when the service becomes reachable', async () => {
    const port = await closedPort();
    const device = startDevice({ ...RIGHT, endpoint: `http://127.0.0.1:${port}` });
    await device.says(/error -11/);
    await startService([DEVICE_ID], { port });
    const { code, output } = await device.ended;
    expect(output).toContain('device started');
    expect(code).toBe(0);
  });
});

describe('a C program that is a client', () => {
  it('prints how to give a token', async () => {
    const { code, output } = await connectClient('http://127.0.0.1:1', DEVICE_ID, '').ended;
    expect(output).toMatch(/TIRTC_TOKEN is not set; set it to a token/);
    expect(code).toBe(2);
  });

  it.each(BAD_TOKENS)('whose token is %s fails with that reason', async (_, make, code, number) => {
    const { service, endpoint } = await startService([DEVICE_ID, 'other']);
    await makeDevice(endpoint, DEVICE_ID).start();
    await expectRefusal(endpoint, number, make());
    const outcomes = service.requestLog().flatMap(({ link, outcome }) => (link === 'connect' ? [outcome] : []));
    expect(outcomes).toEqual([`bye(${code.toLowerCase()})`]);
    expect(service.connections()).toEqual([]);
  });

  it('fails with the reason when its token was used, or its device is offline or full', async () => {
    const { endpoint } = await startService([DEVICE_ID]);
    await expectRefusal(endpoint, -40008);
    const device = makeDevice(endpoint, DEVICE_ID, { maxConnections: 1 });
    const client = makeDevice(endpoint);
    await Promise.all([device.start(), client.start()]);
    const token = tokenWith();
    await client.connect({ remoteId: DEVICE_ID, token });
    await expectRefusal(endpoint, -40012, token);
    await expectRefusal(endpoint, -40006);
  });

  it.each(ANSWERS)(
    'whose connect is answered with %s fails as docs/errors.md says',
    async (_, status, _number, _isFinal, _code, number) => {
      await expectRefusal(await rawServer(answer(status)), number);
    },
  );

  it('fails with the reason when there is no listener or no such name, or the service closes or hangs', async () => {
    await expectRefusal(`http://127.0.0.1:${await closedPort()}`, -11);
    await expectRefusal(UNRESOLVABLE, -5);
    await expectRefusal(await rawServer(''), -40012);
    await expectRefusal(await rawServer(undefined), -40005, tokenWith(), true);
    const mute = await scriptedService(() => {});
    await expectRefusal(mute.endpoint, -40005, tokenWith(), true);
  });

  it.each(WRONG_ANSWERS)('whose endpoint answers with %s fails with that reason', async (_, text) => {
    await expectRefusal(await rawServer(text), -40015);
  });

  it.each(WRONG_MESSAGES)('that receives %s fails with that reason', async (_, say) => {
    await expectRefusal((await scriptedService(say)).endpoint, -40015);
  });
});
