import type { Pair, Row } from '../row.js';
import { Program, runC } from '../support/program.js';
import { RunningC } from '../support/running.js';
import { DEVICE, makeToken } from '../support/wire.js';

interface Timed {
  readonly ns: number;
}

const PINGS = 10_000;

async function openTalk(what: 'commands' | 'connects', count: number): Promise<Pair> {
  const service = await Program.start('service');
  const endpoint = await service.ask<string>('endpoint');
  const device = new RunningC('echo_device', endpoint, DEVICE.id, DEVICE.secret);
  await device.firstLine();
  return {
    ours: async () => (await runC<Timed>('talk', endpoint, DEVICE.id, makeToken(), what, count)).ns,
    reference: async () => (await runC<Timed>('tcp_ping', PINGS)).ns,
    async close() {
      await device.stop();
      await service.stop();
    },
  };
}

export const talkRows: readonly Row[] = [
  {
    name: 'command',
    what: 'command round trip, client → service → device → back, 16 B',
    against: 'raw TCP ping-pong of 64 B, two C programs, epoll',
    better: 'less',
    good: 4.5,
    great: 3.6,
    open: () => openTalk('commands', 5000),
  },
  {
    name: 'connect',
    what: 'connect, call to first command possible (three upgrades)',
    against: 'raw TCP ping-pong round trips',
    better: 'less',
    good: 20,
    great: 12,
    open: () => openTalk('connects', 200),
  },
];
