import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import type { Device } from '../../lib/device/index.js';
import { MEDIA } from '../../lib/wire/index.js';
import { makeDevice, next, startService, tokenFor } from './support.js';

const COUNT = 1000;
const AT_ONCE = 50;
const NAME = 0x4001;
const NEVER = 0x4002;

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A server that is not a service. */
async function listen(onSocket: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    onSocket(socket);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function threads(): number {
  return readdirSync('/proc/self/task').length;
}

function text(data: Uint8Array): string {
  return Buffer.from(data).toString();
}

/** Answers with its own name only. */
function answerName(device: Device, name: string): void {
  device.on('connection', (connection) => void connection.handle(NAME, () => name));
}

it('a thousand devices on one thread answer while others of the process constantly misbehave', async () => {
  const ids = Array.from({ length: COUNT }, (_, i) => `cam-${i}`);
  const { endpoint } = await startService(['flooded', 'stuck', ...ids]);
  const client = makeDevice(endpoint, undefined, { maxConnections: COUNT + 2, connectTimeoutMs: 60_000 });
  await client.start();

  /* Two that never come online. */
  let garbled = 0;
  const silent = makeDevice(await listen(() => {}), 'silent');
  const misled = makeDevice(
    await listen((socket) => {
      garbled += 1;
      socket.end(Buffer.alloc(4096, 0xff));
    }),
    'misled',
  );
  const lost = [silent, misled].map((device) => device.start());
  for (const starting of lost) starting.catch(() => {}); /* closed at the end */

  /* One whose peer never stops sending, and whose handler never stops throwing. */
  const flooded = makeDevice(endpoint, 'flooded');
  let thrown = 0;
  flooded.on('connection', (connection) => {
    connection.on('audio', () => {
      throw new Error('never again');
    });
    connection.on('error', () => {
      thrown += 1;
    });
  });
  await flooded.start();
  const flood = await client.connect({ remoteId: 'flooded', token: tokenFor('flooded') });
  const data = Buffer.alloc(4000);
  const send = (): void => {
    while (flood.state === 'open' && flood.sendAudio({ stream: 0, media: MEDIA.PCM, timestampMs: 0, data })) {
      /* until it says that this is enough */
    }
  };
  flood.on('error', () => {}); /* it breaks in the middle of a send at the end */
  flood.on('drain', send);
  send();

  /* One whose handler never answers. */
  const stuck = makeDevice(endpoint, 'stuck');
  stuck.on('connection', (connection) => void connection.handle(NEVER, () => new Promise<never>(() => {})));
  await stuck.start();
  const toStuck = await client.connect({ remoteId: 'stuck', token: tokenFor('stuck') });
  let isAnswered = false;
  const answer = toStuck.request(NEVER, '', { timeoutMs: 120_000 });
  answer.then(
    () => {
      isAnswered = true;
    },
    () => {} /* hung up at the end */,
  );

  const threadsBefore = threads();
  const thrownBefore = thrown;
  const devices = ids.map((id) => makeDevice(endpoint, id));
  for (const [i, device] of devices.entries()) answerName(device, ids[i] ?? '');
  await Promise.all(devices.map((device) => device.start()));
  const askName = async (id: string): Promise<string> => {
    const connection = await client.connect({ remoteId: id, token: tokenFor(id) });
    return text((await connection.request(NAME)).data);
  };
  const names: string[] = [];
  while (names.length < COUNT) {
    const some = ids.slice(names.length, names.length + AT_ONCE);
    names.push(...(await Promise.all(some.map(askName))));
  }
  expect(names).toEqual(ids);
  expect(threads()).toBe(threadsBefore);

  /* And meanwhile the others went on. */
  expect(devices.every((device) => device.state === 'started')).toBe(true);
  expect([silent.state, misled.state, flooded.state, stuck.state]).toEqual([
    'starting',
    'starting',
    'started',
    'started',
  ]);
  expect(thrown).toBeGreaterThan(thrownBefore);
  expect(garbled).toBeGreaterThan(0);
  expect(isAnswered).toBe(false);
  const stillThrowing = thrown;
  await next(misled, 'startFailed');
  expect(thrown).toBeGreaterThan(stillThrowing);
  await Promise.all([client, ...devices].map((device) => device.close()));
}, 90_000);
