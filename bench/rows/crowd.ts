import type { Pair, Row } from '../row.js';
import { Program } from '../support/program.js';
import { RunningC } from '../support/running.js';
import { DEVICE } from '../support/wire.js';

const COUNT = 500;

interface Opened {
  readonly perSecond: number;
  readonly bytesEach: number;
}

/** Servers and crowds are new in each round: memory is compared from a clean start. */
async function crowd(server: 'service' | 'ws_server', members: 'idle_devices' | 'idle_ws'): Promise<Opened> {
  const serving = await Program.start(server, COUNT);
  const crowding = await Program.start(members, await serving.ask<string>('endpoint'), COUNT);
  const opened = await crowding.ask<Opened>('open');
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

async function serverMemory(server: 'service' | 'ws_server'): Promise<number> {
  const serving = await Program.start(server, COUNT);
  const endpoint = await serving.ask<string>('endpoint');
  const before = await serving.ask<number>('residentBytes');
  const stop = server === 'service' ? await idleDevices(endpoint) : await idleClients(endpoint);
  const after = await serving.ask<number>('residentBytes');
  await stop();
  await serving.stop();
  return (after - before) / COUNT;
}

async function idleDevices(endpoint: string): Promise<() => Promise<void>> {
  const devices = new RunningC('idle', endpoint, DEVICE.secret, COUNT);
  await devices.firstLine();
  return () => devices.stop();
}

async function idleClients(endpoint: string): Promise<() => Promise<void>> {
  const clients = await Program.start('idle_ws', endpoint, COUNT);
  await clients.ask('open');
  return () => clients.stop();
}

export const crowdRows: readonly Row[] = [
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
        ours: () => serverMemory('service'),
        reference: () => serverMemory('ws_server'),
        close: () => Promise.resolve(),
      }),
  },
];
