import type { Pair, Row } from '../row.js';
import { Program, runC } from '../support/program.js';
import { DEVICE } from '../support/wire.js';

interface Upload {
  readonly bytes_per_second: number;
  readonly calls: number;
  readonly allocations: number;
  readonly frames: number;
}

async function uploader(size: number, megabytes: number) {
  const sink = await Program.start('bare_service');
  const endpoint = await sink.ask<string>('endpoint');
  const dropPort = await sink.ask<number>('dropPort');
  const frames = Math.ceil((megabytes * 1024 * 1024) / size);
  return {
    byCore: () => runC<Upload>('upload', 'core', endpoint, DEVICE.id, DEVICE.secret, size, frames),
    byMasking: () => runC<Upload>('upload', 'mask', dropPort, size, frames),
    close: () => sink.stop(),
  };
}

async function openRate(size: number): Promise<Pair> {
  const { byCore, byMasking, close } = await uploader(size, 256);
  return {
    ours: async () => (await byCore()).bytes_per_second,
    reference: async () => (await byMasking()).bytes_per_second,
    close,
  };
}

async function openCount(count: 'calls' | 'allocations'): Promise<Pair> {
  const { byCore, close } = await uploader(1024, 128);
  const ours = async () => {
    const upload = await byCore();
    return upload[count] / upload.frames;
  };
  return { ours, close };
}

function rateRow(kilobytes: number): Row {
  return {
    name: `upload-${kilobytes}k`,
    what: `device core uploading to a bare sink, ${kilobytes} KB frames`,
    against: 'a C program that only masks and writes 128 KB batches to such a sink',
    better: 'more',
    good: 0.85,
    great: 0.95,
    open: () => openRate(kilobytes * 1024),
  };
}

export const uploadRows: readonly Row[] = [
  rateRow(1),
  rateRow(16),
  rateRow(64),
  {
    name: 'allocations',
    what: 'allocations per frame sent, in C, steady state',
    against: 'counted',
    better: 'less',
    good: 0,
    great: 0,
    open: () => openCount('allocations'),
  },
  {
    name: 'syscalls',
    what: 'system calls per 1 KB frame sent at full rate',
    against: 'counted',
    better: 'less',
    good: 1 / 32,
    great: 1 / 128,
    open: () => openCount('calls'),
  },
];
