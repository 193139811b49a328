// Devices without a reference. Run with --expose-gc; exits with 0 if exactly the expected ones were collected.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setImmediate as turn } from 'node:timers/promises';
import { createContext, Script } from 'node:vm';
import { Device } from '../../../lib/device/index.js';
import { ErrorCode } from '../../../lib/errors/index.js';

/** What forgotten.test.ts gives as TIRTC_FORGOTTEN. */
export interface Work {
  readonly endpoint: string;
  readonly deviceId: string;
  readonly deviceSecretKey: string;
  /** For connects to that device. */
  readonly token: string;
  /** forgotten_context.ts, bundled as CommonJS. */
  readonly contextFile: string;
}

const MAX_TURNS = 500;
const CONTEXTS = 5;
const { TIRTC_FORGOTTEN: given = '' } = process.env;
const work = JSON.parse(given) as Work;
const { endpoint, deviceId, deviceSecretKey, token } = work;

const fates: Readonly<Record<string, () => Promise<Device>>> = {
  async made() {
    return await Promise.resolve(new Device({ endpoint, deviceId, deviceSecretKey }));
  },
  async 'failed for good'() {
    const device = new Device({ endpoint, deviceId, deviceSecretKey: 'wrong' });
    await assert.rejects(device.start(), { number: ErrorCode.INVALID_LICENSE });
    return device;
  },
  async stopped() {
    const device = new Device({ endpoint });
    await device.start();
    await device.stop();
    return device;
  },
  async 'closed after a connection'() {
    const device = new Device({ endpoint });
    await device.start();
    const connection = await device.connect({ remoteId: deviceId, token });
    connection.on('video', () => device.state);
    await device.close();
    return device;
  },
};

/** In a function of its own, so that no register of the caller's holds it. */
async function forget(make: () => Promise<Device>): Promise<WeakRef<Device>> {
  return new WeakRef(await make());
}

/** To look at a WeakRef keeps what it is for until the next turn, so that turns come between a look and a collection. */
async function reaches(isTrue: () => boolean): Promise<boolean> {
  for (let i = 0; i < MAX_TURNS; i++) {
    await turn();
    globalThis.gc?.();
    if (isTrue()) return true;
  }
  return false;
}

function threads(): number {
  return readdirSync('/proc/self/task').length;
}

/** The program as a test runner that gives each file a world of its own would load it. */
async function liveInContext(script: Script): Promise<void> {
  const { AbortController, Buffer, clearTimeout, performance, queueMicrotask, setImmediate, setTimeout, URL } =
    globalThis;
  const globals = {
    AbortController,
    Buffer,
    clearTimeout,
    performance,
    process,
    queueMicrotask,
    setImmediate,
    setTimeout,
    URL,
  };
  const module = { exports: {} as { live?: (work: Work) => Promise<void> } };
  const load = script.runInContext(createContext({ ...globals, console, TextEncoder, TextDecoder }));
  load(module.exports, createRequire(work.contextFile), module, work.contextFile);
  await module.exports.live?.(work);
}

async function contextsEnd(): Promise<void> {
  const code = readFileSync(work.contextFile, 'utf8');
  const wrapped = `(function (exports, require, module, __filename) {${code}\n})`;
  const script = new Script(wrapped, { filename: work.contextFile });
  await liveInContext(script); /* threads that Node starts when it first needs them are there now */
  const before = threads();
  for (let i = 0; i < CONTEXTS; i++) await liveInContext(script);
  assert(await reaches(() => threads() < before), `${threads()} threads, ${before} with one context`);
}

const started = new Device({ endpoint, deviceId, deviceSecretKey });
started.on('connection', () => {});
await started.start();

for (const [name, make] of Object.entries(fates)) {
  const forgotten = await forget(make);
  assert(await reaches(() => forgotten.deref() === undefined), `a device that was ${name} is not collected`);
}

/* One that is online goes on like a server that listens. */
const online = await forget(async () => {
  const device = new Device({ endpoint });
  await device.start();
  return device;
});
assert(!(await reaches(() => online.deref() === undefined)), 'a started device was collected');

await contextsEnd();
await started.close();
