import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Received } from '../ts/receive_file.js';
import type { ClientJob, ClientResult } from './client_result.js';
import type { Clip } from './clip.js';
import { grouped, type Report } from './report.js';

const ACTOR = 'C';
const PROGRAM = fileURLToPath(new URL('../../build/c/examples/c/connect_client', import.meta.url));

/** Runs examples/c/connect_client.c, built with the library of this project, and reports its output. */
export async function runCClient(job: ClientJob, clip: Clip, report: Report): Promise<ClientResult> {
  if (!existsSync(PROGRAM))
    throw new Error(`${PROGRAM} is missing: build it with node scripts/build-native.mjs client`);
  const child = spawn(PROGRAM, [job.remoteId, clip.video.path, clip.audio.path], {
    env: { ...process.env, TIRTC_ENDPOINT: job.endpoint, TIRTC_TOKEN: job.token },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: job.signal,
  });
  const killed = () => child.kill('SIGKILL');
  process.once('exit', killed);
  let failure: Error | undefined;
  child.on('error', (error) => {
    failure = error;
  });
  const complaints: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => complaints.push(line));
  const reader = new OutputReader(report);
  createInterface({ input: child.stdout }).on('line', (line) => reader.read(line));
  const how = await new Promise((resolve) => child.on('close', (exitCode, signal) => resolve(exitCode ?? signal)));
  process.off('exit', killed);
  if (failure !== undefined) throw failure;
  if (how !== 0) throw new Error([`the C client exited with ${how}:`, ...complaints].join('\n    '));
  return reader.result();
}

/** Reports the lines of connect_client in the words of this demo. */
class OutputReader {
  readonly #report: Report;
  readonly #lines: string[] = [];
  #connectMs: number | undefined;
  #roundTripMs: number | undefined;
  readonly #media: { video?: Received; audio?: Received } = {};

  constructor(report: Report) {
    this.#report = report;
  }

  read(line: string): void {
    this.#lines.push(line);
    const connected = /^connected +(to \S+) in (\d+) ms$/.exec(line);
    const media = /^(video|audio) +(\d+) frames, (\d+) bytes in (\d+) ms, every byte as in /.exec(line);
    const command = /^command +0x[0-9a-f]+ (".*") came back in ([\d.]+) ms$/.exec(line);
    if (connected !== null) {
      this.#connectMs = Number(connected[2]);
      this.#report.tick(ACTOR, `connected ${connected[1]} in ${connected[2]} ms`);
    } else if (media !== null) {
      const [frames, bytes, ms] = [Number(media[2]), Number(media[3]), Number(media[4])];
      this.#media[media[1] as 'video' | 'audio'] = { frames, bytes, ms };
      const text = `${media[1]}: ${grouped(frames)} frames, ${grouped(bytes)} bytes, identical`;
      this.#report.tick(ACTOR, text);
    } else if (command !== null) {
      this.#roundTripMs = Number(command[2]);
      this.#report.tick(ACTOR, `command ${command[1]} answered in ${command[2]} ms`);
    } else if (line.startsWith('disconnected')) {
      this.#report.step(ACTOR, 'disconnected');
    }
  }

  result(): ClientResult {
    const { video, audio } = this.#media;
    if (this.#connectMs === undefined || this.#roundTripMs === undefined || !video || !audio) {
      throw new Error(`the C client succeeded but did not print every step:\n    ${this.#lines.join('\n    ')}`);
    }
    return { connectMs: this.#connectMs, video, audio, roundTripMs: this.#roundTripMs };
  }
}
