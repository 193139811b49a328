import { expect, it } from 'vitest';
import { MEDIA } from '../../lib/wire/index.js';
import { makeDevice, next, startService, tokenFor } from './support.js';

const COUNT = 600;
const HANDLER_MS = 0.2;

function work(): void {
  for (const until = performance.now() + HANDLER_MS; performance.now() < until; ) {
    /* a handler that takes its time */
  }
}

/** A burst is more work than fits one turn of the event loop, so that others get their turn in between. */
it.each(['commands', 'audio', 'lent frames'] as const)(
  '%s that come in a burst leave turns to the program',
  async (what) => {
    const { endpoint } = await startService(['cam']);
    const device = makeDevice(endpoint, 'cam');
    const client = makeDevice(endpoint);
    await Promise.all([device.start(), client.start()]);
    const accepted = next(device, 'connection');
    const near = await client.connect({ remoteId: 'cam', token: tokenFor('cam') });
    const [far] = await accepted;

    const order: number[] = [];
    let inThisTurn = 0;
    let mostInATurn = 0;
    const all = new Promise<void>((resolve) => {
      const take = (number: number): void => {
        if (inThisTurn === 0) {
          setImmediate(() => {
            inThisTurn = 0;
          });
        }
        inThisTurn += 1;
        mostInATurn = Math.max(mostInATurn, inThisTurn);
        order.push(number);
        work();
        if (order.length === COUNT) resolve();
      };
      far.on('command', ({ sequenceNumber }) => take(sequenceNumber));
      if (what === 'audio') far.on('audio', ({ timestampMs }) => take(timestampMs));
      if (what === 'lent frames') far.lendFrames('audio', ({ timestampMs }) => take(timestampMs));
    });
    for (let i = 0; i < COUNT; i++) {
      if (what === 'commands') near.sendCommand({ command: 0x4001, sequenceNumber: i });
      else near.sendAudio({ stream: 0, media: MEDIA.PCM, timestampMs: i, data: Uint8Array.of(1) });
    }
    await all;
    expect(order).toEqual(Array.from({ length: COUNT }, (_, i) => i));
    expect(mostInATurn).toBeLessThanOrEqual(40); /* a run of lent frames, and a look or two */
  },
);
