// Measures how long a flood of small frames blocks the event loop of a device. Argument: the endpoint of
// bare_service.ts.
import { connectedDevice } from '../support/connected_device.js';
import { serve } from '../support/serve.js';

const [, , endpoint = ''] = process.argv;
const connection = await connectedDevice(endpoint);

serve({
  /** Receives `count` frames with an empty handler. Resolves with the time between two turns of the event loop that all
   *  but one in a thousand keep to, in ms. */
  keep(count: number) {
    return new Promise<number>((resolve) => {
      const turns: number[] = [];
      let before = performance.now();
      let next = setImmediate(function turn() {
        const now = performance.now();
        turns.push(now - before);
        before = now;
        next = setImmediate(turn);
      });
      let left = count;
      const take = (): void => {
        left -= 1;
        if (left > 0) return;
        connection.off('video', take);
        clearImmediate(next);
        turns.sort((a, b) => a - b);
        resolve(turns[Math.floor(turns.length * 0.999)] ?? 0);
      };
      connection.on('video', take);
    });
  },
});
