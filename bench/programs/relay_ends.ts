// Both ends of a relay as raw sockets: one end sends prepared bytes, the other counts bytes.
import type { Socket } from 'node:net';
import { serve } from '../support/serve.js';
import { drain, pour } from '../support/sockets.js';
import { rawPair, rawUpgrade, videoFrames } from '../support/wire.js';

let writer: Socket;
let reader: Socket;

serve({
  async service(endpoint: string) {
    const { device, client } = await rawPair(endpoint);
    [writer, reader] = [device, client];
  },

  async naive(endpoint: string) {
    reader = await rawUpgrade(`${endpoint}/pair`, {});
    writer = await rawUpgrade(`${endpoint}/pair`, {});
  },

  /** Resolves with the number of frames that were relayed. */
  async run(size: number, bursts: number, framesPerBurst: number) {
    const burst = videoFrames(size, framesPerBurst, true);
    const frames = bursts * framesPerBurst;
    const plainBytes = videoFrames(size, 1, false).length * frames;
    await Promise.all([pour(writer, burst, bursts), drain(reader, plainBytes)]);
    return frames;
  },
});
