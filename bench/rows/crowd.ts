import type { Pair, Row } from '../row.js';
import { Program } from '../support/program.js';
import { RunningC } from '../support/running.js';
import { DEVICE } from '../support/wire.js';

/** Large enough that memory which a process takes once, like V8's young generation of tens of MB, does not matter. */
const COUNT = 4000;

interface Opened {
  readonly perSecond: number;
  readonly bytesEach: number;
}

/** Starts a new server and new members in each round. */
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

/** Connects the members; resolves with a function that disconnects them. */
type Connect = (endpoint: string) => Promise<() => Promise<void>>;

async function serverMemory(server: 'service' | 'ws_server', connect: Connect): Promise<number> {
  const serving = await Program.start(server, COUNT);
  const before = await serving.ask<number>('residentBytes');
  const stop = await connect(await serving.ask<string>('endpoint'));
  const after = await serving.ask<number>('residentBytes');
  await stop();
  await serving.stop();
  return (after - before) / COUNT;
}

const connectDevices: Connect = async (endpoint) => {
  const devices = new RunningC('idle', endpoint, DEVICE.secret, COUNT);
  await devices.firstLine();
  return () => devices.stop();
};

const connectClients: Connect = async (endpoint) => {
  const clients = await Program.start('idle_ws', endpoint);
  await clients.ask('open', COUNT);
  return () => clients.stop();
};

/** Returns the resident bytes per device of a C program. */
async function coreMemory(): Promise<number> {
  const serving = await Program.start('service', COUNT);
  const devices = new RunningC('idle', await serving.ask<string>('endpoint'), DEVICE.secret, COUNT);
  const { bytes_per_device: bytes } = await devices.firstLine<{ readonly bytes_per_device: number }>();
  await devices.stop();
  await serving.stop();
  return bytes;
}

/** Close to the limit of 20,000 open descriptors per process; the service is another process. */
const MOST_ONLINE = 19_000;

/** Returns how many of them are online at the same time. */
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
        ours: () => serverMemory('service', connectDevices),
        reference: () => serverMemory('ws_server', connectClients),
        close: () => Promise.resolve(),
      }),
  },
];
