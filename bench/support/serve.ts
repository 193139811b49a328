import { readFileSync } from 'node:fs';

type Handler = (...values: never[]) => unknown;

interface Request {
  readonly request: string;
  readonly values: readonly never[];
}

/** The child's side of program.ts: reports that it is ready, then answers requests until the parent exits. Every
 *  program also answers requests for the memory and processor time that it uses. */
export function serve(handlers: Readonly<Record<string, Handler>>): void {
  const all: typeof handlers = { residentBytes, processorSeconds, ...handlers };
  process.on('message', async ({ request, values }: Request) => {
    const handler = all[request];
    if (handler === undefined) throw new Error(`"${request}" is not a request of this program`);
    process.send?.((await handler(...values)) ?? null);
  });
  process.on('disconnect', () => process.exit());
  process.send?.('ready');
}

/** Returns the resident bytes of this process after garbage collection. */
export function residentBytes(): number {
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  return process.memoryUsage.rss();
}

function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Returns the processor time of the JavaScript thread only. */
export function threadSeconds(): number {
  const [nanoseconds] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ');
  return Number(nanoseconds) / 1e9;
}
