import { describe, expect, it, vi } from 'vitest';
import { Device } from '../../lib/device/index.js';
import { CLIENT_KINDS } from '../contract/support.js';
import { rawServer } from '../support/scripted_service.js';
import { ANSWERS, answer, UNRESOLVABLE } from './cases.js';
import {
  closedPort,
  DEVICE_ID,
  eventually,
  expectHelpful,
  failureOf,
  firstFailure,
  leaveNothingOpen,
  makeDevice,
  next,
  secretOf,
  startService,
  tokenWith,
} from './support.js';

leaveNothingOpen();

describe('a device', () => {
  it('without an endpoint fails with an error that names both ways to give one', () => {
    vi.stubEnv('TIRTC_ENDPOINT', '');
    try {
      new Device({ deviceId: DEVICE_ID, deviceSecretKey: secretOf(DEVICE_ID) });
      expect.unreachable('it was made');
    } catch (error) {
      const { number, message } = expectHelpful(error);
      expect(number).toBe(-40003);
      expect(message).toMatch(/"endpoint".*TIRTC_ENDPOINT.*http:\/\/127\.0\.0\.1:8080/);
    }
  });

  it.each([
    'ftp://h',
    'h:8080',
    'http://',
    'http://user:hunter2@',
    'http://user:hunter2@h:99999',
    'http://user:hunter2@h',
    'https://h',
    'http://h/?token=hunter2',
  ])('with the invalid endpoint %s fails before it dials', async (endpoint) => {
    const attempt = async (): Promise<void> => await makeDevice(endpoint, DEVICE_ID).start();
    expect(await failureOf(attempt())).toMatchObject({ code: 'INVALID_PARAMETER', number: -40003, retryable: false });
  });

  it('tries again while there is no listener, and while the name cannot be resolved', async () => {
    const refused = makeDevice(`http://127.0.0.1:${await closedPort()}`, DEVICE_ID);
    expect(await firstFailure(refused)).toEqual({ number: -11, code: 'HTTP_SERVER_DOWN', isFinal: false });
    const unknown = makeDevice(UNRESOLVABLE, DEVICE_ID);
    expect(await firstFailure(unknown)).toEqual({ number: -5, code: 'HTTP_RESOLVE', isFinal: false });
  });

  it.each(ANSWERS)(
    'whose start is answered with %s fails as docs/errors.md says',
    async (_, status, number, isFinal) => {
      const device = makeDevice(await rawServer(answer(status)), DEVICE_ID);
      const hijacked = vi.fn();
      device.on('hijacked', hijacked);
      expect(await firstFailure(device)).toMatchObject({ number, isFinal });
      expect(hijacked.mock.calls.length).toBe(status.startsWith('302') ? 1 : 0);
    },
  );

  it('tries again when the service closes', async () => {
    const device = makeDevice(await rawServer(''), DEVICE_ID);
    expect(await firstFailure(device)).toEqual({ number: -40012, code: 'SERVER_ERROR', isFinal: false });
  });

  it('whose service hangs fails after timeoutMs, with an error that says what to check', async () => {
    const device = makeDevice(await rawServer(undefined), DEVICE_ID);
    const error = await failureOf(device.start({ timeoutMs: 100 }));
    expect(error).toMatchObject({ code: 'TIMEOUTED', number: -40005 });
    expect(error.message).toMatch(/"cam".*100 ms.*endpoint/);
    await eventually(() => expect(device.state).toBe('idle'));
  });

  it('comes online when the service becomes reachable', async () => {
    const port = await closedPort();
    const device = makeDevice(`http://127.0.0.1:${port}`, DEVICE_ID);
    const failed = next(device, 'startFailed');
    const starting = device.start();
    expect((await failed)[0].error.number).toBe(-11);
    const { service } = await startService([DEVICE_ID], { port });
    await starting;
    expect([device.state, service.onlineDevices()]).toEqual(['started', [DEVICE_ID]]);
  });

  it('tries again after wrong answers, and comes online after the right one', async () => {
    const { service, endpoint } = await startService([DEVICE_ID]);
    for (const one of [{ status: 302 }, { status: 404 }, { status: 500 }, 'close'] as const)
      service.answerNext('start', one);
    const device = makeDevice(endpoint, DEVICE_ID);
    const numbers: number[] = [];
    device.on('startFailed', ({ error }) => numbers.push(expectHelpful(error).number));
    await device.start();
    expect(numbers).toEqual([-40015, -40015, -40012, -40012]);
    expect(service.onlineDevices()).toEqual([DEVICE_ID]);
  }, 20_000);
});

describe.each(CLIENT_KINDS.map((kind) => [kind.name, kind] as const))('%s', (_name, kind) => {
  const isBrowser = kind.name.includes('browser');
  /** In a browser, the reason of a failed connect is unknown. */
  const unless = (code: string, number: number) =>
    isBrowser ? { code: 'HTTP_CONNECT', number: -6 } : { code, number };

  async function refusal(endpoint: string, connectTimeoutMs = 5000) {
    const client = await kind.open(endpoint, { connectTimeoutMs });
    return await failureOf(client.connect({ remoteId: DEVICE_ID, token: tokenWith() }));
  }

  it('without an endpoint, or with an invalid one, fails with INVALID_PARAMETER', async () => {
    vi.stubEnv('TIRTC_ENDPOINT', '');
    for (const endpoint of ['', 'ftp://h', 'http://user:hunter2@h', 'http://h/?token=hunter2']) {
      const opened = async (): Promise<unknown> => await kind.open(endpoint);
      expect(await failureOf(opened())).toMatchObject({ code: 'INVALID_PARAMETER', number: -40003 });
    }
  });

  it('fails with the reason when there is no listener', async () => {
    const error = await refusal(`http://127.0.0.1:${await closedPort()}`);
    expect(error).toMatchObject({ ...unless('HTTP_SERVER_DOWN', -11), retryable: true });
  });

  it('fails with the reason when the name cannot be resolved', async () => {
    expect(await refusal(UNRESOLVABLE)).toMatchObject({ ...unless('HTTP_RESOLVE', -5), retryable: true });
  });

  it.each(ANSWERS)(
    'whose connect is answered with %s fails as docs/errors.md says',
    async (_, status, _number, _isFinal, code, number) => {
      const error = await refusal(await rawServer(answer(status)));
      expect(error).toMatchObject(unless(code, number));
      if (status.includes('Location') && !isBrowser) expect(error.message).toContain('http://login.example/');
    },
  );

  it('fails with the reason when the service closes', async () => {
    expect(await refusal(await rawServer(''))).toMatchObject(unless('SERVER_ERROR', -40012));
  });

  it('fails with the reason when the service hangs', async () => {
    const error = await refusal(await rawServer(undefined), 100);
    expect(error).toMatchObject({ code: 'TIMEOUTED', number: -40005, retryable: true });
  });

  it('connects when the service becomes reachable', async () => {
    const port = await closedPort();
    const client = await kind.open(`http://127.0.0.1:${port}`, {});
    await failureOf(client.connect({ remoteId: DEVICE_ID, token: tokenWith() }));
    const { endpoint } = await startService([DEVICE_ID], { port });
    await makeDevice(endpoint, DEVICE_ID).start();
    expect((await client.connect({ remoteId: DEVICE_ID, token: tokenWith() })).state).toBe('open');
  });
});
