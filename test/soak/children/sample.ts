import { readdirSync } from 'node:fs';

/** What a process holds, once its garbage is gone. */
export interface Sample {
  /** Resident, less the pages that V8 keeps for its heap. */
  readonly nativeKB: number;
  /** V8's heap and what hangs on it. */
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
