// The same handler behind bench/c/copying_addon.c. Argument: the path of the addon.
import { createRequire } from 'node:module';
import { serve, threadSeconds } from '../support/serve.js';

interface CopyingAddon {
  run(size: number, count: number, handler: (frame: Buffer | undefined) => void): void;
}

const addon = createRequire(import.meta.url)(process.argv[2] ?? '') as CopyingAddon;
let sum = 0;

serve({
  /** Resolves with frames per second of the thread that runs the handler. */
  run(size: number, count: number) {
    return new Promise<number>((resolve) => {
      let seen = 0;
      let begun = 0;
      addon.run(size, count, (frame) => {
        if (seen === 0) begun = threadSeconds();
        seen += 1;
        if (frame === undefined) resolve(count / (threadSeconds() - begun));
        else sum = (sum + frame.length) | 0;
      });
    });
  },
  sum: () => sum,
});
