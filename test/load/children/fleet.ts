// A process that hosts many pairs of device and client. Argument: a FleetSetup as JSON. Answers each FleetRequest.
import { sample } from '../../soak/children/sample.js';
import { Ledger } from '../ledger.js';
import { Pair } from '../pair.js';
import type { FleetReport, FleetRequest, FleetSetup } from '../protocol.js';
import { Random } from '../random.js';

const STARTS_AT_ONCE = 50;
const LOOK_EVERY_MS = 100;
const MAX_STUCK = 10;
const setup = JSON.parse(process.argv[2] ?? '') as FleetSetup;
const ledger = new Ledger();
const random = new Random(setup.seed);
const pairs = Array.from({ length: setup.count }, (_, i) => {
  return new Pair(setup.first + i, setup.endpoint, random, ledger, setup.intervalMs);
});
/** The devices that are not back yet. */
const away = new Set<Pair>();
let lastBackAtMs = 0;
let onAllBack = (): void => {};

for (const pair of pairs) {
  pair.device.on('serviceLost', ({ failedAttempts }) => {
    if (failedAttempts === 0) ledger.counts.losses += 1;
    away.add(pair);
  });
  pair.device.on('startFailed', ({ error, retryInMs }) => {
    if (retryInMs === undefined) ledger.fault(`${error.message} It does not try again.`);
  });
  pair.device.on('serviceBack', () => {
    ledger.counts.returns += 1;
    away.delete(pair);
    lastBackAtMs = Date.now();
    if (away.size === 0) onAllBack();
  });
}

/** Resolves when it holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => void setTimeout(resolve, LOOK_EVERY_MS));
}

function report(): FleetReport {
  const { counts, faults, faultCount } = ledger;
  const stuck = pairs.filter((pair) => away.has(pair) || !pair.isConnected).map((pair) => pair.text);
  return { counts, faults, faultCount, stuck: stuck.slice(0, MAX_STUCK), lastBackAtMs, memory: sample() };
}

async function answer(request: FleetRequest): Promise<void> {
  if (request === 'outage') {
    for (const pair of pairs) away.add(pair);
    const allBack = new Promise<void>((resolve) => {
      onAllBack = resolve;
    });
    process.send?.('ready');
    await allBack;
  }
  if (request === 'settle') await until(() => pairs.every(({ isConnected }) => isConnected));
  if (request === 'finish') {
    await Promise.all(pairs.map((pair) => pair.finish()));
    const { counts } = ledger;
    await until(() => counts.sent === counts.answered + counts.failed);
  }
  process.send?.(report());
  if (request === 'finish') await Promise.all(pairs.map((pair) => pair.close()));
}

process.on('message', (request: FleetRequest) => void answer(request));
process.on('disconnect', () => process.exit());
for (let i = 0; i < pairs.length; i += STARTS_AT_ONCE) {
  await Promise.all(pairs.slice(i, i + STARTS_AT_ONCE).map((pair) => pair.start()));
}
process.send?.('ready');
