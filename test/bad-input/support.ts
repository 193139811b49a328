import { readdirSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { inspect } from 'node:util';
import { beforeEach, expect, vi } from 'vitest';
import type { Device, StartFailure } from '../../lib/device/index.js';
import { TiRtcError } from '../../lib/errors/index.js';
import { issueConnectToken } from '../../lib/token/index.js';
import { APP, next, secretOf } from '../device/support.js';

export { makeDevice, next, secretOf, startService } from '../device/support.js';

export const DEVICE_ID = 'cam';
/** The secrets of the tests, which no output may contain. Every token begins with `v1.`. */
const SECRETS = [APP.secretKey, secretOf(DEVICE_ID), 'wrong secret', 'hunter2'];

/** Expect `text` to contain no secret and no token. */
export function expectNoSecret(text: string): void {
  for (const secret of SECRETS) expect(text).not.toContain(secret);
  expect(text).not.toMatch(/v1\.[A-Za-z0-9_-]{4}/);
  expect(text).not.toMatch(/Bearer|Ticket [A-Za-z0-9_-]{4}/);
}

/** Expect a TiRtcError with its code, its number and an advice, and without a secret. */
export function expectHelpful(error: unknown): TiRtcError {
  if (!(error instanceof TiRtcError)) throw new Error(`a TiRtcError was expected, not ${inspect(error)}`);
  expect(error.advice.length).toBeGreaterThan(10);
  expect(error.message).toContain(`(${error.code}, ${error.number}): ${error.advice}`);
  expectNoSecret(`${error.stack} ${JSON.stringify(error)} ${inspect(error, { depth: 9, showHidden: true })}`);
  return error;
}

/** Resolves with the helpful error that a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<TiRtcError> {
  return expectHelpful(
    await promise.then(
      () => 'success',
      (error: unknown) => error,
    ),
  );
}

export interface StartOutcome {
  readonly number: number;
  readonly code: string;
  readonly isFinal: boolean;
}

/** Resolves with the first failure of a device, which is stopped then. If that failure is final, start() rejects with it. */
export async function firstFailure(device: Device): Promise<StartOutcome> {
  const failed = next(device, 'startFailed');
  const starting = device.start();
  const rejected = failureOf(starting);
  const [failure]: readonly [StartFailure] = await failed;
  const { number, code } = expectHelpful(failure.error);
  const isFinal = failure.retryInMs === undefined;
  expect(device.state).toBe(isFinal ? 'failed' : 'starting');
  await device.stop();
  expect((await rejected).code).toBe(isFinal ? code : 'DEVICE_STOPPED');
  expect(device.state).toBe('idle');
  return { number, code, isFinal };
}

/** Issue a token for the test device, with changes that may be wrong on purpose. */
export function tokenWith(changes: Partial<Parameters<typeof issueConnectToken>[0]> = {}): string {
  const right = { ...APP, remoteId: DEVICE_ID, deviceSecretKey: secretOf(DEVICE_ID), subject: 'tester' };
  return issueConnectToken({ ...right, ...changes });
}

/** Resolves with a port without a listener. */
export async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await vi.waitFor(() => expect(server.listening).toBe(true));
  const { port } = server.address() as { readonly port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Wait for a condition that has no event. */
export function eventually(check: () => void): Promise<void> {
  return vi.waitFor(check, { timeout: 8000, interval: 5 });
}

/** Returns the sockets of this process, including those of native threads. */
function openSockets(): number {
  const links = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return ''; /* closed meanwhile, the one of this very listing for instance */
    }
  });
  return links.filter((link) => link.startsWith('socket:')).length;
}

/** Expect that each test of the file closes all sockets that it opened. */
export function leaveNothingOpen(): void {
  beforeEach(({ onTestFinished }) => {
    const before = openSockets();
    onTestFinished(() => eventually(() => expect(openSockets()).toBeLessThanOrEqual(before)));
  });
}
