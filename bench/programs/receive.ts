// A device whose handler receives frames in each possible mode. Argument: the endpoint of bare_service.ts.
import { connectedDevice } from '../support/connected_device.js';
import { serve, threadSeconds } from '../support/serve.js';

const [, , endpoint = ''] = process.argv;
const connection = await connectedDevice(endpoint);

/** Other work of the event loop in each turn: long enough to fill the buffers between the core and the handler. */
const REST_MS = 2;

/** Every handler reads what a program would: the timestamp and the size of the frame. The sum has 32 bits, because each
 *  larger one would be an object on the heap. */
let sum = 0;

/** Begins to receive frames and calls `seen` for each; returns a function that stops. */
const ways: Readonly<Record<string, (seen: () => void) => () => void>> = {
  events(seen) {
    const take = ({ timestampMs, data }: { readonly timestampMs: number; readonly data: Uint8Array }): void => {
      sum = (sum + timestampMs + data.length) | 0;
      seen();
    };
    connection.on('video', take);
    return () => connection.off('video', take);
  },
  lent(seen) {
    connection.lendFrames('video', (frame) => {
      sum = (sum + frame.timestampMs + frame.size) | 0;
      seen();
    });
    return () => connection.lendFrames('video', undefined);
  },
  batches(seen) {
    connection.lendBatches('video', (frames) => {
      do {
        sum = (sum + frames.timestampMs + frames.size) | 0;
        seen();
      } while (frames.next());
    });
    return () => connection.lendBatches('video', undefined);
  },
};

/** Sleeps in every turn, so that frames wait for the handler and not the reverse; the reference never catches up with
 *  its producer either. Returns a function that stops. */
function fallBehind(): () => void {
  const unused = new Int32Array(new SharedArrayBuffer(4));
  let next = setImmediate(function run() {
    Atomics.wait(unused, 0, 0, REST_MS);
    next = setImmediate(run);
  });
  return () => clearImmediate(next);
}

serve({
  /** Resolves with frames per second of the thread that runs the handler, from the first to the last of `count`. */
  count(way: string, count: number) {
    return new Promise<number>((resolve) => {
      let left = count;
      let begun = 0;
      const catchUp = fallBehind();
      const stop = ways[way]?.(() => {
        if (left === count) begun = threadSeconds();
        left -= 1;
        if (left > 0) return;
        stop?.();
        catchUp();
        resolve(count / (threadSeconds() - begun));
      });
    });
  },
  sum: () => sum,
});
