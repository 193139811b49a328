// npm run test:kill [-- 100 [SEED]]     kills a service with a store this many times, at random moments
//
// While tokens are used and devices are registered, the service is killed with SIGKILL and started again with the same file. A use
// or a registration whose answer arrived must hold: no used token is accepted again, and no registered device is unknown.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { issueConnectToken } from '../../lib/token/index.js';
import { nodeBinary } from '../node_versions/binary.js';
import { proveDevice } from '../service/support/test_device.js';
import { WirePeer } from '../service/support/wire_peer.js';

const [, , roundsGiven = '100', seedGiven = '1'] = process.argv;
const rounds = Number(roundsGiven);
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error(`"${roundsGiven}" is not a number of rounds: use a whole number of at least 1`);
  process.exit(2);
}

const APP = { accessId: 'kill-app', secretKey: 'kill-secret' };
const PROGRAM = fileURLToPath(new URL('./service.ts', import.meta.url));
/** Of what earlier rounds did, this much is checked again in each round; all of it after the last. */
const CHECKED = 200;
const AT_ONCE = 4;
const LONGEST_ROUND_MS = 400;

const folder = mkdtempSync(join(tmpdir(), 'tirtc-kill-'));
const file = join(folder, 'store.db');
const tokens: string[] = [];
const devices: string[] = [];
const faults: string[] = [];

/** The same moments for the same seed (a linear congruential generator). */
let state = Number(seedGiven);
function random(): number {
  state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
  return state / 2 ** 32;
}

async function startService(): Promise<{ readonly child: ChildProcess; readonly endpoint: string }> {
  const args = [file, APP.accessId, APP.secretKey];
  const child = fork(PROGRAM, args, { execPath: nodeBinary(22), execArgv: ['--import', 'tsx'] });
  const exited = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the service ended with ${code}`)));
  exited.catch(() => {});
  const [{ endpoint }] = (await Promise.race([once(child, 'message'), exited])) as [{ endpoint: string }];
  return { child, endpoint };
}

/** Returns the reason of the bye that a connect with this token gets; the device is never online. */
async function use(endpoint: string, token: string): Promise<string> {
  const url = `${endpoint.replace(/^http/, 'ws')}/v1/connect?peer_id=target`;
  const peer = await WirePeer.open(url, { headers: { Authorization: `Bearer ${token}` } });
  const reason = await peer.nextBye();
  peer.ws.terminate();
  return reason;
}

function newToken(): string {
  const target = { remoteId: 'target', deviceSecretKey: 'target-secret' };
  return issueConnectToken({ ...APP, ...target, subject: 'killer', ttlSeconds: 86_400 });
}

/** Calls until it fails, because the service was killed. */
async function untilKilled(call: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      await call();
    } catch {
      return;
    }
  }
}

async function register(child: ChildProcess): Promise<void> {
  const id = `device-${devices.length}-${Math.floor(random() * 1e9)}`;
  const ended = new AbortController();
  const answered = once(child, 'message', { signal: ended.signal });
  const died = once(child, 'exit', { signal: ended.signal });
  died.catch(() => {});
  try {
    child.send({ id, secret: `secret of ${id}`.slice(0, 63) });
    await Promise.race([answered, died.then(() => Promise.reject(new Error('killed')))]);
    devices.push(id);
  } finally {
    answered.catch(() => {});
    ended.abort();
  }
}

/** Uses tokens and registers devices until the kill. Returns how many answers arrived. */
async function work({ child, endpoint }: Awaited<ReturnType<typeof startService>>): Promise<void> {
  const exited = once(child, 'exit');
  const clients = Array.from({ length: AT_ONCE }, () =>
    untilKilled(async () => {
      const token = newToken();
      const reason = await use(endpoint, token);
      if (reason === 'offline') tokens.push(token);
      else faults.push(`a fresh token was refused with ${reason}`);
    }),
  );
  const registering = untilKilled(() => register(child));
  await delay(random() * LONGEST_ROUND_MS);
  child.kill('SIGKILL');
  await exited;
  await Promise.all([...clients, registering]);
}

async function check(endpoint: string, count: number): Promise<void> {
  const inBatches = async (list: readonly string[], call: (one: string) => Promise<void>): Promise<void> => {
    const chosen = list.slice(-count);
    for (let i = 0; i < chosen.length; i += 20) await Promise.all(chosen.slice(i, i + 20).map(call));
  };
  await inBatches(tokens, async (token) => {
    const reason = await use(endpoint, token);
    if (reason !== 'token_used') faults.push(`a used token was answered with ${reason}`);
  });
  await inBatches(devices, async (deviceId) => {
    const { link } = await proveDevice(endpoint, { deviceId, secret: `secret of ${deviceId}`.slice(0, 63) });
    const { type } = await link.next();
    if (type !== 'started') faults.push(`the registered device ${deviceId} was answered with ${type}`);
    link.ws.terminate();
  });
}

try {
  for (let round = 0; round < rounds; round++) {
    const service = await startService();
    await check(service.endpoint, CHECKED);
    await work(service);
  }
  const { child, endpoint } = await startService();
  await check(endpoint, Infinity);
  child.kill('SIGKILL');
} finally {
  rmSync(folder, { recursive: true });
}
for (const fault of faults.slice(0, 20)) console.error(fault);
const done = `${rounds} kills, ${tokens.length} tokens used, ${devices.length} devices registered`;
console.log(`${done}: ${faults.length === 0 ? 'nothing was lost' : `${faults.length} faults`}`);
process.exitCode = faults.length === 0 ? 0 : 1;
