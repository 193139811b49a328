import type { Pair, Row } from '../row.js';
import { Program } from '../support/program.js';
import { RunningC } from '../support/running.js';
import { DEVICE } from '../support/wire.js';

/** So many that what a process takes once, like V8's young generation of tens of MB, does not decide. */
const COUNT = 4000;

interface Opened {
  readonly perSecond: number;
  readonly bytesEach: number;
}

/** Servers and crowds are new in each round. */
async function crowd(server: 'service' | 'ws_server', members: 'idle_devices' | 'idle_ws'): Promise<Opened> {
  const serving = await Program.start(server, COUNT);
  const crowding = await Program.start(members, await serving.ask<string>('endpoint'));
  const opened = await crowding.ask<Opened>('open', COUNT);
  await crowding.stop();
  await serving.stop();
  return opened;
}

function openCrowd(figure: keyof Opened): Promise<Pair> {
  return Promise.resolve({
    ours: async () => (await crowd('service', 'idle_devices'))[figure],
    reference: async () => (await crowd('ws_server', 'idle_ws'))[figure],
    close: () => Promise.resolve(),
  });
}

/** Bring a crowd; returns how to send it away. */
type Bring = (endpoint: string) => Promise<() => Promise<void>>;

async function serverMemory(server: 'service' | 'ws_server', bring: Bring): Promise<number> {
  const serving = await Program.start(server, COUNT);
  const before = await serving.ask<number>('residentBytes');
  const stop = await bring(await serving.ask<string>('endpoint'));
  const after = await serving.ask<number>('residentBytes');
  await stop();
  await serving.stop();
  return (after - before) / COUNT;
}

const bringDevices: Bring = async (endpoint) => {
  const devices = new RunningC('idle', endpoint, DEVICE.secret, COUNT);
  await devices.firstLine();
  return () => devices.stop();
};

const bringClients: Bring = async (endpoint) => {
  const clients = await Program.start('idle_ws', endpoint);
  await clients.ask('open', COUNT);
  return () => clients.stop();
};

/** Resident bytes of a C program for each of its devices. */
async function coreMemory(): Promise<number> {
  const serving = await Program.start('service', COUNT);
  const devices = new RunningC('idle', await serving.ask<string>('endpoint'), DEVICE.secret, COUNT);
  const { bytes_per_device: bytes } = await devices.firstLine<{ readonly bytes_per_device: number }>();
  await devices.stop();
  await serving.stop();
  return bytes;
}

/** Near what a process may have open, 20,000, and the service in another process too. */
const MOST_ONLINE = 19_000;

/** How many of them are online at the same time. */
async function online(): Promise<number> {
  const serving = await Program.start('service', MOST_ONLINE);
  const crowding = await Program.start('idle_devices', await serving.ask<string>('endpoint'));
  const count = await crowding.ask<number>('openAsManyAs', MOST_ONLINE);
  await crowding.stop();
  await serving.stop();
  return count;
}

export const crowdRows: readonly Row[] = [
  {
    name: 'online',
    what: `simulated devices online in one process, the service in another, of ${MOST_ONLINE} that try`,
    against: 'counted',
    better: 'more',
    good: 10_000,
    great: 18_000,
    open: () => Promise.resolve({ ours: online, close: () => Promise.resolve() }),
  },
  {
    name: 'device-memory',
    what: `memory per idle device of the binding (${COUNT} of them)`,
    against: 'one idle `ws` client in Node',
    better: 'less',
    good: 0.3,
    great: 0.1,
    open: () => openCrowd('bytesEach'),
  },
  {
    name: 'core-memory',
    what: `memory per idle device of the C core (${COUNT} of them)`,
    against: 'one idle `ws` client in Node',
    better: 'less',
    good: 0.3,
    great: 0.1,
    open: () =>
      Promise.resolve({
        ours: coreMemory,
        reference: async () => (await crowd('ws_server', 'idle_ws')).bytesEach,
        close: () => Promise.resolve(),
      }),
  },
  {
    name: 'start-rate',
    what: `devices of the binding brought online per second (${COUNT} at once)`,
    against: '`ws` clients connected per second',
    better: 'more',
    good: 2,
    great: 5,
    open: () => openCrowd('perSecond'),
  },
  {
    name: 'service-memory',
    what: `service memory per idle device (${COUNT} of them)`,
    against: "a bare `ws` server's per idle connection",
    better: 'less',
    good: 1.5,
    great: 1.1,
    open: () =>
      Promise.resolve({
        ours: () => serverMemory('service', bringDevices),
        reference: () => serverMemory('ws_server', bringClients),
        close: () => Promise.resolve(),
      }),
  },
];
