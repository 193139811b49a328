import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SimulatedService } from '../../lib/service/index.js';
import { type Bundle, bundle } from '../support/bundle.js';
import { COMPLAINT, ENDINGS, EXIT_CODE, type Life, STAGES } from './children/life_cases.js';
import { APP, secretOf, tokenFor } from './support.js';

const WORKER_ROUNDS = 5;
const CALLING_ROUNDS = 20;

const CASES = STAGES.flatMap((stage) => ENDINGS.map((ending) => ({ stage, ending })));
const deviceIds = Array.from({ length: CASES.length + WORKER_ROUNDS * STAGES.length * 3 }, (_, i) => `life-${i}`);
const unused = [...deviceIds];

const service = new SimulatedService({
  apps: { [APP.accessId]: APP.secretKey },
  devices: Object.fromEntries(deviceIds.map((id) => [id, secretOf(id)])),
});
const silent = createServer((socket) => {
  socket.on('error', () => socket.destroy()); /* a process that ends resets its sockets */
});
let endpoint = '';
let child: Bundle;

beforeAll(async () => {
  child = await bundle(new URL('./children/life.ts', import.meta.url));
  endpoint = (await service.listen()).endpoint;
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
});

afterAll(async () => {
  silent.close();
  child.remove();
  await service.close();
});

/** A case with its own device, so that parallel cases do not replace each other. */
function life(stage: Life['stage'], ending: Life['ending']): Life {
  const deviceId = unused.pop() ?? 'too few ids';
  return {
    stage,
    ending,
    endpoint: stage === 'starting' ? `http://127.0.0.1:${(silent.address() as AddressInfo).port}` : endpoint,
    deviceId,
    deviceSecretKey: secretOf(deviceId),
    token: tokenFor(deviceId),
  };
}

interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

async function runChild(what: Life): Promise<End> {
  const living = spawn(process.execPath, [fileURLToPath(child.file)], {
    env: { ...process.env, TIRTC_LIFE: JSON.stringify(what) },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 20_000,
    killSignal: 'SIGKILL',
  });
  let stderr = '';
  living.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code, signal] = (await once(living, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, stderr };
}

const EXPECTED = {
  return: { code: 0, signal: null },
  exit: { code: EXIT_CODE, signal: null },
  throw: { code: 1, signal: null },
  signal: { code: null, signal: 'SIGTERM' },
} as const;

describe('a process with a device', () => {
  it.concurrent.each(CASES)(
    'ends cleanly when $stage, by $ending',
    async ({ stage, ending }) => {
      const { stderr, ...end } = await runChild(life(stage, ending));
      expect(end, stderr).toEqual(EXPECTED[ending]);
      if (ending === 'throw') expect(stderr).toContain(COMPLAINT);
      else expect(stderr).toBe('');
    },
    40_000,
  );
});

describe('a worker with a device', () => {
  it('a worker ends cleanly at every stage, by terminate(), by exit and by itself, repeatedly', async () => {
    for (let round = 0; round < WORKER_ROUNDS; round++) {
      const codes = await Promise.all(
        STAGES.flatMap((stage) => [
          runWorker(life(stage, 'wait')),
          runWorker(life(stage, 'exit')),
          runWorker(life(stage, 'return')),
        ]),
      );
      expect(codes).toEqual(STAGES.flatMap(() => [1, EXIT_CODE, 0]));
    }
  }, 120_000);

  it('a worker can be terminated inside a call', async () => {
    const calling = await bundle(new URL('./children/calling_worker.ts', import.meta.url));
    for (let round = 0; round < CALLING_ROUNDS; round++) {
      const worker = new Worker(calling.file);
      await once(worker, 'message');
      expect(await worker.terminate()).toBe(1);
    }
    calling.remove();
  }, 60_000);
});

/** Returns the worker's exit code. A worker that waits is terminated as soon as it has reached its stage. */
async function runWorker(what: Life): Promise<number> {
  const worker = new Worker(child.file, { workerData: what });
  if (what.ending === 'wait') worker.once('message', () => void worker.terminate());
  const [code] = (await once(worker, 'exit')) as [number];
  return code;
}
