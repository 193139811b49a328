// A simulated device that plays 1 Mbit/s of video to each subscriber. Argument: the endpoint.
import { Clip, SimulatedDevice } from '../../lib/sim/index.js';
import { MEDIA } from '../../lib/wire/index.js';
import { serve } from '../support/serve.js';
import { DEVICE } from '../support/wire.js';

const [, , endpoint = ''] = process.argv;
const BITS_PER_SECOND = 1_000_000;
const FRAMES_PER_SECOND = 25;
const FRAME_BYTES = BITS_PER_SECOND / 8 / FRAMES_PER_SECOND;

const frames = Array.from({ length: FRAMES_PER_SECOND }, (_, i) => ({
  data: new Uint8Array(FRAME_BYTES).fill(i),
  startMs: (i * 1000) / FRAMES_PER_SECOND,
  keyFrame: i === 0,
}));
const source = new Clip({ kind: 'video', media: MEDIA.H264, flags: 0, durationMs: 1000, frames });
const device = new SimulatedDevice({
  deviceId: DEVICE.id,
  deviceSecretKey: DEVICE.secret,
  endpoint,
  streams: [{ stream: 0, source, loop: true }],
});
await device.start();

serve({});
