import { Worker } from 'node:worker_threads';

/** A worker thread that runs a TypeScript file. (`--import tsx` reaches the main thread only.) */
export function startTsWorker(file: URL, workerData?: unknown): Worker {
  const source = `import('tsx/esm/api').then(({ register }) => (register(), import(${JSON.stringify(file.href)})))`;
  return new Worker(source, { eval: true, workerData });
}
