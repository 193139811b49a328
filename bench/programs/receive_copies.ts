// The same handler behind bench/c/copying_addon.c. Arguments: the addon's file.
import { createRequire } from 'node:module';
import { serve } from '../support/serve.js';

interface CopyingAddon {
  run(size: number, count: number, handler: (frame: Buffer | undefined) => void): void;
}

const addon = createRequire(import.meta.url)(process.argv[2] ?? '') as CopyingAddon;

serve({
  /** Frames a second. */
  run(size: number, count: number) {
    return new Promise<number>((resolve) => {
      let seen = 0;
      let started = 0;
      addon.run(size, count, (frame) => {
        if (seen === 0) started = performance.now();
        seen += 1;
        if (frame === undefined) resolve((count / (performance.now() - started)) * 1000);
      });
    });
  },
});
