// Worlds that are not closed. As a process it ends as TIRTC_ENDING says; as a worker it runs until it is terminated.
import { isMainThread, parentPort } from 'node:worker_threads';
import { Device, SteppedWorld } from '../../../lib/device/index.js';

const FORGOTTEN_WORLDS = 300;
/** Half of what they would take: the log of one alone is 64 KB. */
const MAX_LEFT_BYTES = (FORGOTTEN_WORLDS * 64 * 1024) / 2;

function openWorld(): SteppedWorld {
  const world = new SteppedWorld(1n, '127.0.0.1', 8080);
  for (const deviceId of ['a', 'b']) {
    const options = { deviceId, deviceSecretKey: 'secret', endpoint: 'http://127.0.0.1:8080' };
    const device = new Device(options, undefined, () => world.loop);
    device.start().catch(() => {}); // nothing listens
  }
  while (world.deliver() || world.step()) {}
  world.advance(Math.max(1, world.nextDueMs()));
  world.step();
  return world;
}

/** Resident bytes after this many worlds were made and dropped. */
async function forgetWorlds(count: number): Promise<number> {
  for (let i = 0; i < count; i++) {
    openWorld();
    await new Promise((resolve) => setImmediate(resolve)); // what is collected is freed in turns of the event loop
    globalThis.gc?.();
  }
  return process.memoryUsage().rss;
}

async function checkForgotten(): Promise<void> {
  const before = await forgetWorlds(FORGOTTEN_WORLDS / 3);
  const left = (await forgetWorlds(FORGOTTEN_WORLDS)) - before;
  if (left > MAX_LEFT_BYTES) throw new Error(`${left} bytes are left of ${FORGOTTEN_WORLDS} worlds`);
}

if (!isMainThread) {
  const worlds = [openWorld()];
  setInterval(() => worlds.push(openWorld()), 1);
  parentPort?.postMessage('running');
} else {
  const { TIRTC_ENDING: ending } = process.env;
  const world = openWorld();
  if (ending === 'exit') process.exit(7);
  if (ending === 'throw') throw new Error(`on purpose, with ${world.usedBytes()} bytes in use`);
  if (ending === 'forget') await checkForgotten();
}
