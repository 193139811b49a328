import type { ReceivedStreamReport } from '../sim/index.js';

export const quoted = JSON.stringify;

/** Replaces control characters of outside text that quoting keeps: DEL and C1, which could control the terminal. */
export function printable(text: string): string {
  return text.replace(/[\x7f-\x9f]/g, '?');
}

/** Returns the data of a command for machines: as text if it is printable UTF-8, else in hexadecimal. */
export function dataFacts(data: Uint8Array): { readonly text: string } | { readonly hex: string } {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(data);
    if (/^[^\p{Cc}\p{Cs}]*$/u.test(text.replaceAll(/[\t\r\n]/g, ''))) return { text };
  } catch {
    // Not UTF-8.
  }
  return { hex: Buffer.from(data).toString('hex') };
}

/** Returns the data of a command for a person. */
export function dataText(data: Uint8Array): string {
  const facts = dataFacts(data);
  return 'text' in facts ? facts.text : facts.hex;
}

export function bytesText(bytes: number): string {
  if (bytes < 10_000) return `${bytes} bytes`;
  return bytes < 10_000_000 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** Describes a stream after its end. */
export function statisticsText(report: ReceivedStreamReport): string {
  const { kind, stream, frames, keyFrames, bytes, lostFrames, loss, jitterMs } = report;
  const keys = kind === 'video' ? ` (${keyFrames} key)` : '';
  const lost = `${lostFrames} lost (${(loss * 100).toFixed(1)} %)`;
  return `${kind} ${stream}: ${frames} frames${keys}, ${bytesText(bytes)}, ${lost}, jitter ${jitterMs.toFixed(1)} ms`;
}

/** Describes the current state of the streams on one line. */
export function liveText(reports: readonly ReceivedStreamReport[], rttMs: number): string {
  const streams = reports.map(({ kind, stream, framesPerSecond, bitsPerSecond, loss, jitterMs }) => {
    const rate = `${framesPerSecond.toFixed(1)} fps ${Math.round(bitsPerSecond / 1000)} kbit/s`;
    return `${kind} ${stream}: ${rate} loss ${(loss * 100).toFixed(1)} % jitter ${jitterMs.toFixed(1)} ms`;
  });
  return [...streams, `rtt ${rttMs === 0 ? '-' : `${rttMs} ms`}`].join(' | ');
}
