import { readFileSync } from 'node:fs';

type Handler = (...values: never[]) => unknown;

interface Request {
  readonly request: string;
  readonly values: readonly never[];
}

/** The child's side of program.ts: say that it is ready, then answer requests until the parent is gone. Every program also
 *  answers what it takes of the machine. */
export function serve(handlers: Readonly<Record<string, Handler>>): void {
  const all: typeof handlers = { residentBytes, processorSeconds, ...handlers };
  process.on('message', async ({ request, values }: Request) => {
    const handler = all[request];
    if (handler === undefined) throw new Error(`there is no request "${request}"`);
    process.send?.((await handler(...values)) ?? null);
  });
  process.on('disconnect', () => process.exit());
  process.send?.('ready');
}

/** Resident bytes of this process, once what is garbage has been given back. */
export function residentBytes(): number {
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  return process.memoryUsage.rss();
}

function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Processor time of the thread that runs JavaScript, alone. */
export function threadSeconds(): number {
  const [nanoseconds] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ');
  return Number(nanoseconds) / 1e9;
}
