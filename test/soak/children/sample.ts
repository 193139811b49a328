import { readdirSync } from 'node:fs';

/** The resources of a process after garbage collection. */
export interface Sample {
  /** Resident memory without the pages that V8 keeps for its heap. */
  readonly nativeKB: number;
  /** V8's heap and the memory that its objects own outside it. */
  readonly heapKB: number;
  readonly descriptors: number;
  readonly threads: number;
}

export function sample(): Sample {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  const { rss, heapTotal, heapUsed, external } = process.memoryUsage();
  return {
    nativeKB: Math.round((rss - heapTotal) / 1024),
    heapKB: Math.round((heapUsed + external) / 1024),
    descriptors: readdirSync('/proc/self/fd').length,
    threads: readdirSync('/proc/self/task').length,
  };
}
