import { CHANNEL_AUDIO, CHANNEL_COMMAND, CHANNEL_VIDEO } from '../wire/index.js';
import type { Link, LinkEnd } from './link.js';

export type Side = 'client' | 'device';

export const RELAYED_CHANNELS: readonly (readonly [number: number, name: string])[] = [
  [CHANNEL_COMMAND, 'command'],
  [CHANNEL_AUDIO, 'audio'],
  [CHANNEL_VIDEO, 'video'],
];

/** Counts what was relayed from one side, by channel. It runs for each message, so it counts in arrays of numbers. */
export class RelayCounts {
  readonly messages = RELAYED_CHANNELS.map(() => 0);
  readonly bytes = RELAYED_CHANNELS.map(() => 0);
  /** Messages of unknown channels. */
  ignored = 0;
  /** Number of times that reading from the writer stopped because its reader was behind. */
  pauses = 0;

  add(channel: number, bytes: number): void {
    this.messages[channel] = (this.messages[channel] ?? 0) + 1;
    this.bytes[channel] = (this.bytes[channel] ?? 0) + bytes;
  }
}

/** Forward the messages of one link to the other; stop reading the writer while its reader is behind. Only channels 0, 1 and
 *  2 are forwarded. The payload is for the ends to judge. */
export function relay(from: Link, to: Link, counts: RelayCounts, ended: (end: LinkEnd) => void): void {
  from.handle({
    message: (data) => {
      const channel = data[0] ?? 255;
      if (channel > CHANNEL_VIDEO) {
        counts.ignored += 1;
        return;
      }
      counts.add(channel, data.length);
      if (to.forward(data)) return;
      counts.pauses += 1;
      from.pause();
    },
    // `to` writes in the other direction: it was paused because `from` was behind.
    writable: () => to.resume(),
    ended,
  });
}
