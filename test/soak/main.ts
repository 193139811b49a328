// npm run test:soak [-- CYCLES]      connect and disconnect so often (10,000), and see that memory stays where it is
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Bundle, bundle } from '../support/bundle.js';
import type { Sample } from './children/sample.js';

const ROUNDS = 20;
/** Rounds until everything that is taken once was taken: just-in-time code, V8's generations, malloc's arenas. */
const WARM_UP = 5;
/** What may come and go between rounds. A leak of 100 bytes a cycle is 750 KB in the 7,500 cycles that count. */
const HEAP_KB = 256;
const NATIVE_KB = 2048;

const [, , given = '10000'] = process.argv;
const cycles = Number(given);
if (!(cycles >= ROUNDS)) {
  console.error(`${given} is no number of cycles: give ${ROUNDS} or more`);
  process.exit(2);
}

async function start(program: Bundle, ...args: readonly string[]): Promise<{ child: ChildProcess; first: unknown }> {
  const child = fork(fileURLToPath(program.file), args, { execArgv: ['--expose-gc'] });
  return { child, first: await answer(child) };
}

async function answer(child: ChildProcess): Promise<unknown> {
  const controller = new AbortController();
  const { signal } = controller;
  const died = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`a child ended with ${code}`);
  });
  died.catch(() => {});
  const [message] = (await Promise.race([once(child, 'message', { signal }), died])) as [unknown];
  controller.abort();
  return message;
}

async function ask(child: ChildProcess, value: number): Promise<Sample> {
  const answered = answer(child);
  child.send(value);
  return (await answered) as Sample;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** What a third of the rounds later is not back where it was. */
function complaints(name: string, samples: readonly Sample[]): readonly string[] {
  const counted = samples.slice(WARM_UP);
  const third = Math.floor(counted.length / 3);
  const grown = (key: keyof Sample): number =>
    median(counted.slice(-third).map((one) => one[key])) - median(counted.slice(0, third).map((one) => one[key]));
  const limits = { heapKB: HEAP_KB, nativeKB: NATIVE_KB, descriptors: 0, threads: 0 } as const;
  return (Object.keys(limits) as (keyof Sample)[])
    .filter((key) => grown(key) > limits[key])
    .map((key) => `the ${name} grew by ${grown(key)} ${key}, and ${limits[key]} is the most`);
}

const bundles = await Promise.all(
  ['service', 'gateway'].map((name) => bundle(new URL(`./children/${name}.ts`, import.meta.url))),
);
const [serviceBundle, gatewayBundle] = bundles as [Bundle, Bundle];
const children: ChildProcess[] = [];
try {
  const service = await start(serviceBundle);
  children.push(service.child);
  const gateway = await start(gatewayBundle, String(service.first));
  children.push(gateway.child);
  const samples: { gateway: Sample; service: Sample }[] = [];
  console.log('cycles  gateway: native, heap KB, descriptors, threads   service: the same');
  for (let round = 1; round <= ROUNDS; round++) {
    const ofGateway = await ask(gateway.child, Math.round(cycles / ROUNDS));
    const ofService = await ask(service.child, 0);
    samples.push({ gateway: ofGateway, service: ofService });
    const columns = [ofGateway, ofService].map((one) => Object.values(one).join(' '));
    console.log(`${String(Math.round((cycles / ROUNDS) * round)).padEnd(7)} ${columns.join('   ')}`);
  }
  const found = (['gateway', 'service'] as const).flatMap((name) =>
    complaints(
      name,
      samples.map((one) => one[name]),
    ),
  );
  for (const complaint of found) console.error(complaint);
  if (found.length > 0) process.exitCode = 1;
  else console.log('memory, descriptors and threads stayed where they were');
} finally {
  for (const child of children) child.disconnect();
  for (const one of bundles) one.remove();
}
