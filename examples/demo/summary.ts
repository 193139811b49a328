import type { ClientResult } from './client_result.js';
import type { Clip } from './clip.js';
import { type Actor, grouped, type Report } from './report.js';

function rate({ video, audio }: ClientResult): string {
  const megabits = ((video.bytes + audio.bytes) * 8) / 1e6;
  return `${(megabits / (Math.max(video.ms, audio.ms) / 1000)).toFixed(2)} Mbit/s`;
}

/** The rows of the table: the title, and how to get the value from a result. */
const ROWS: readonly (readonly [string, (result: ClientResult) => string])[] = [
  ['connected in', ({ connectMs }) => `${connectMs.toFixed(0)} ms`],
  ['video', ({ video }) => `${grouped(video.frames)} frames`],
  ['', ({ video }) => `${grouped(video.bytes)} bytes`],
  ['audio', ({ audio }) => `${grouped(audio.frames)} frames`],
  ['', ({ audio }) => `${grouped(audio.bytes)} bytes`],
  ['rate', rate],
  ['command round trip', ({ roundTripMs }) => `${roundTripMs.toFixed(2)} ms`],
];

/** Prints the measurements of both clients side by side. Throws if a client did not receive the whole clip. */
export function summarize(results: Readonly<Partial<Record<Actor, ClientResult>>>, clip: Clip, report: Report): void {
  const clients = Object.entries(results);
  const wanted = clip.video.file.length + clip.audio.file.length;
  for (const [name, { video, audio }] of clients) {
    const got = video.bytes + audio.bytes;
    if (got !== wanted) throw new Error(`the ${name} client received ${got} bytes: the clip has ${wanted}`);
  }
  report.title('Summary');
  report.table(
    ['', ...clients.map(([name]) => name)],
    ROWS.map(([title, read]) => [title, ...clients.map(([, result]) => read(result))]),
  );
  const total = grouped(wanted * clients.length);
  report.conclusion(`${total} bytes through the service, identical to the files, in ${report.seconds.toFixed(1)} s.`);
  report.note('Next: read README.md, and start from the programs in examples/c and examples/ts.');
}
