import { CHANNEL_VIDEO } from '../wire/index.js';
import type { Link, LinkEnd } from './link.js';
import type { RelayCounts } from './service_metrics.js';

/** Pass on what comes from one link to the other; a reader that is behind stops its writer. Only channels 0, 1 and 2 pass.
 *  Bodies are not looked at: they are for the ends to judge. */
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
    // The other direction's writer is `to`: it was paused because `from` was behind.
    writable: () => to.resume(),
    ended,
  });
}
