import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Bundle, bundle } from '../support/bundle.js';
import type { Sample } from './children/sample.js';
import { growth } from './growth.js';

const ROUNDS = 20;
/** Rounds until everything that is allocated once has been: just-in-time code, V8's generations, malloc's arenas. */
const WARM_UP = 5;
/** Normal variation between rounds. A leak of 100 bytes a cycle is 750 KB in the 7,500 cycles that count. */
const LIMITS: Sample = { heapKB: 256, nativeKB: 2048, descriptors: 0, threads: 0 };

/** Connects and disconnects this many times. Returns what grew. */
export async function soakConnections(cycles: number): Promise<readonly string[]> {
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
    const samples: { readonly gateway: Sample; readonly service: Sample }[] = [];
    console.log('cycles  gateway: native KB, heap KB, descriptors, threads   service: the same');
    for (let round = 1; round <= ROUNDS; round++) {
      const ofGateway = await ask(gateway.child, Math.round(cycles / ROUNDS));
      const ofService = await ask(service.child, 0);
      samples.push({ gateway: ofGateway, service: ofService });
      const columns = [ofGateway, ofService].map((one) => Object.values(one).join(' '));
      console.log(`${String(Math.round((cycles / ROUNDS) * round)).padEnd(7)} ${columns.join('   ')}`);
    }
    const counted = samples.slice(WARM_UP);
    return (['gateway', 'service'] as const).flatMap((name) => {
      return complaints(
        name,
        counted.map((sample) => sample[name]),
      );
    });
  } finally {
    for (const child of children) child.disconnect();
    for (const one of bundles) one.remove();
  }
}

async function start(program: Bundle, ...args: readonly string[]): Promise<{ child: ChildProcess; first: unknown }> {
  const child = fork(fileURLToPath(program.file), args, { execArgv: ['--expose-gc'] });
  return { child, first: await answer(child) };
}

async function answer(child: ChildProcess): Promise<unknown> {
  const controller = new AbortController();
  const { signal } = controller;
  const died = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`a child exited with ${code}`);
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

function complaints(name: string, samples: readonly Sample[]): readonly string[] {
  return (Object.keys(LIMITS) as (keyof Sample)[]).flatMap((key) => {
    const grown = growth(samples.map((sample) => sample[key]));
    return grown > LIMITS[key] ? [`${key} of the ${name} grew by ${grown}: at most ${LIMITS[key]} are allowed`] : [];
  });
}
