import type { ReceivedStreamReport } from '../sim/index.js';

export function bytesText(bytes: number): string {
  if (bytes < 10_000) return `${bytes} bytes`;
  return bytes < 10_000_000 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** All that is known of a stream, for the end. */
export function statisticsText(report: ReceivedStreamReport): string {
  const { kind, stream, frames, keyFrames, bytes, lostFrames, loss, jitterMs } = report;
  const keys = kind === 'video' ? ` (${keyFrames} key)` : '';
  const lost = `${lostFrames} lost (${(loss * 100).toFixed(1)} %)`;
  return `${kind} ${stream}: ${frames} frames${keys}, ${bytesText(bytes)}, ${lost}, jitter ${jitterMs.toFixed(1)} ms`;
}

/** How streams are at the moment, on one line. */
export function liveText(reports: readonly ReceivedStreamReport[], rttMs: number): string {
  const streams = reports.map(({ kind, stream, framesPerSecond, bitsPerSecond, loss, jitterMs }) => {
    const rate = `${framesPerSecond.toFixed(1)} fps ${Math.round(bitsPerSecond / 1000)} kbit/s`;
    return `${kind} ${stream}: ${rate} loss ${(loss * 100).toFixed(1)} % jitter ${jitterMs.toFixed(1)} ms`;
  });
  return [...streams, `rtt ${rttMs === 0 ? '-' : `${rttMs} ms`}`].join(' | ');
}
