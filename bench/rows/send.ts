import type { Pair, Row } from '../row.js';
import { Program, runC } from '../support/program.js';
import { DEVICE } from '../support/wire.js';

interface Sent {
  readonly p99_ns: number;
  readonly lock_waits: number;
  readonly allocations: number;
  readonly calls: number;
}

const FRAME_BYTES = 1024;
const CALLS = 200_000;

/** Starts a program of tiRTC.h whose only viewer reads, or does not. */
async function sender(peer: 'reading' | 'stalled') {
  const service = await Program.start('bare_service', peer);
  const endpoint = await service.ask<string>('endpoint');
  return {
    offer: () => runC<Sent>('send', endpoint, DEVICE.id, DEVICE.secret, FRAME_BYTES, CALLS),
    close: () => service.stop(),
  };
}

async function openStalled(): Promise<Pair> {
  const stalled = await sender('stalled');
  const reading = await sender('reading');
  return {
    ours: async () => (await stalled.offer()).p99_ns,
    reference: async () => (await reading.offer()).p99_ns,
    async close() {
      await stalled.close();
      await reading.close();
    },
  };
}

async function openCount(count: 'lock_waits' | 'allocations'): Promise<Pair> {
  const { offer, close } = await sender('reading');
  const ours = async () => {
    const sent = await offer();
    return sent[count] / sent.calls;
  };
  return { ours, close };
}

export const sendRows: readonly Row[] = [
  {
    name: 'send-stalled',
    what: 'TiRtcSendVideoStream of 1 KB with a peer that reads nothing, 99th percentile of the time of a call',
    against: 'the same with a peer that reads',
    better: 'less',
    good: 2,
    great: 1,
    open: openStalled,
  },
  {
    name: 'send-allocations',
    what: 'allocations per call of TiRtcSendVideoStream at full rate',
    against: 'counted',
    better: 'less',
    good: 0,
    great: 0,
    open: () => openCount('allocations'),
  },
  {
    name: 'send-lock-waits',
    what: 'times that a thread found a lock taken, per call of TiRtcSendVideoStream at full rate',
    against: 'counted',
    better: 'less',
    good: 0.01,
    great: 0.001,
    open: () => openCount('lock_waits'),
  },
];
