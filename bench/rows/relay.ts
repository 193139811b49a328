import type { Pair, Row } from '../row.js';
import { Program } from '../support/program.js';

const BURST_BYTES = 256 * 1024;

async function openRelay(size: number, megabytes: number): Promise<Pair> {
  const service = await Program.start('service');
  const naive = await Program.start('ws_server');
  const ends = { service: await Program.start('relay_ends'), naive: await Program.start('relay_ends') };
  await ends.service.ask('service', await service.ask<string>('endpoint'));
  await ends.naive.ask('naive', await naive.ask<string>('endpoint'));
  const framesPerBurst = Math.ceil(BURST_BYTES / size);
  const bursts = Math.ceil((megabytes * 1024 * 1024) / BURST_BYTES);
  // The ends share the machine with the relay, so only the relay's own processor time is measured.
  const framesPerSecond = async (relay: Program, pair: Program): Promise<number> => {
    const before = await relay.ask<number>('processorSeconds');
    const frames = await pair.ask<number>('run', size, bursts, framesPerBurst);
    return frames / ((await relay.ask<number>('processorSeconds')) - before);
  };
  return {
    ours: () => framesPerSecond(service, ends.service),
    reference: () => framesPerSecond(naive, ends.naive),
    async close() {
      for (const program of [ends.service, ends.naive, service, naive]) await program.stop();
    },
  };
}

function relayRow(kilobytes: number, good: number, great: number, megabytes: number): Row {
  return {
    name: `relay-${kilobytes}k`,
    what: `video through the service, ${kilobytes} KB frames a second of its processor time`,
    against: 'a naive `ws` loop, one send() per message',
    better: 'more',
    good,
    great,
    open: () => openRelay(kilobytes * 1024, megabytes),
  };
}

export const relayRows: readonly Row[] = [relayRow(1, 3, 4.5, 48), relayRow(16, 1.2, 2, 96), relayRow(64, 1.2, 2, 96)];
