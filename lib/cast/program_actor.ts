import { type ChildProcess, spawn } from 'node:child_process';
import type { ServiceClock } from '../service/index.js';
import type { Timer } from '../types/index.js';
import { ScenarioBreakdown, ScenarioFailure } from './failure.js';
import type { Timeline } from './timeline.js';

export interface ProgramActorOptions {
  readonly name: string;
  readonly run: readonly string[];
  readonly folder: string;
  /** Made anew for each start: the tokens in it are good for one connection. */
  readonly fill: () => { readonly args: readonly string[]; readonly env: Readonly<Record<string, string | undefined>> };
  /** Some step waits for its end, so it may end with an error. */
  readonly mayFail: boolean;
  /** Why it may not, for the message when it does. */
  readonly whyNot?: string;
  readonly clock: ServiceClock;
  readonly timeline: Timeline;
  /** It broke down and nobody expected it. */
  readonly crashed: (failure: ScenarioFailure) => void;
}

/** After SIGTERM a program has so long before SIGKILL. */
const STOP_GRACE_MS = 2000;
/** So long its output is read after its end, while somebody else holds it open. */
const OUTPUT_GRACE_MS = 1000;
const MAX_LINE_CHARACTERS = 1000;
const MAX_LINES = 5000;
const LAST_LINES = 20;

/** Process groups that are ours: none outlives this process, however it ends. */
const groups = new Set<number>();
let isGuarded = false;

function guard(): void {
  if (isGuarded) return;
  isGuarded = true;
  process.on('exit', () => {
    for (const group of groups) signalGroup(group, 'SIGKILL');
  });
}

/** A program with its children. Returns false when none of them is left. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}

/** A program of the user's, run as a child in a process group of its own. */
export class ProgramActor {
  readonly #options: ProgramActorOptions;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #isStopping = false;
  #left: string | undefined;
  #lines = 0;
  readonly #last: string[] = [];

  constructor(options: ProgramActorOptions) {
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** Resolves when it does not run any more. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /** How it ended, when nobody ended it or waits for that. */
  get left(): string | undefined {
    return this.#left;
  }

  /** Resolves when it runs. */
  async start(): Promise<void> {
    const { name, folder, fill } = this.#options;
    if (this.#child !== undefined) throw new ScenarioFailure(`${name} runs already`);
    const { args, env } = fill();
    const [command = '', ...rest] = args;
    guard();
    const child = spawn(command, rest, { cwd: folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error: NodeJS.ErrnoException) => reject(this.#notStarted(error)));
    });
    this.#follow(child);
  }

  /** End it and its children: SIGTERM, then SIGKILL. Resolves when all are gone. */
  async stop(): Promise<void> {
    const { pid } = this.#child ?? {};
    if (pid === undefined) return;
    this.#isStopping = true;
    signalGroup(pid, 'SIGTERM');
    const timer = this.#options.clock.startTimer(STOP_GRACE_MS, () => signalGroup(pid, 'SIGKILL'));
    await this.#ended;
    timer.cancel();
  }

  async kill(): Promise<void> {
    const { pid } = this.#child ?? {};
    if (pid === undefined) throw new ScenarioFailure(`${this.#options.name} does not run`);
    this.#isStopping = true;
    signalGroup(pid, 'SIGKILL');
    await this.#ended;
  }

  #follow(child: ChildProcess): void {
    const { pid = 0, stdout, stderr } = child;
    groups.add(pid);
    this.#child = child;
    this.#isStopping = false;
    this.#left = undefined;
    this.#lines = 0;
    this.#last.length = 0;
    this.#tell('started', { pid });
    if (stdout !== null) readLines(stdout, (text) => this.#onLine('stdout', text));
    if (stderr !== null) readLines(stderr, (text) => this.#onLine('stderr', text));
    this.#ended = new Promise((resolve) => {
      let grace: Timer | undefined;
      child.once('exit', () => {
        // What it started and left behind would keep its output open; what made itself a daemon still does.
        signalGroup(pid, 'SIGKILL');
        grace = this.#options.clock.startTimer(OUTPUT_GRACE_MS, () => {
          stdout?.destroy();
          stderr?.destroy();
        });
      });
      child.once('close', (code, signal) => {
        grace?.cancel();
        groups.delete(pid);
        this.#child = undefined;
        this.#tell('exited', { code: code ?? undefined, signal: signal ?? undefined });
        if (!this.#isStopping && !this.#options.mayFail) {
          this.#left = howEnded(code, signal);
          if (code !== 0) this.#options.crashed(this.#crash(this.#left));
        }
        resolve();
      });
    });
  }

  #notStarted({ code }: NodeJS.ErrnoException): ScenarioBreakdown {
    const { name, run, folder } = this.#options;
    const whys: Readonly<Record<string, string>> = {
      ENOENT: 'there is no such program',
      EACCES: 'it is not executable',
    };
    const why = whys[code ?? ''] ?? code;
    const legal = `"run" names a program in PATH, or one by its path from ${folder}`;
    return new ScenarioBreakdown(`${name} cannot be started: ${why} (${JSON.stringify(run[0])}); ${legal}`);
  }

  #crash(how: string): ScenarioFailure {
    const said =
      this.#last.length === 0
        ? 'It wrote nothing.'
        : `Its last lines:\n${this.#last.map((line) => `  ${line}`).join('\n')}`;
    const { name, whyNot = 'no step waits for that' } = this.#options;
    return new ScenarioFailure(`${name} ${how}, and ${whyNot}. ${said}`);
  }

  #onLine(stream: 'stdout' | 'stderr', line: string): void {
    const text = this.#options.timeline.redact(line);
    if (text.trim() !== '') this.#last.push(text);
    if (this.#last.length > LAST_LINES) this.#last.shift();
    this.#lines += 1;
    if (this.#lines <= MAX_LINES) this.#tell('line', { stream, text });
    else if (this.#lines === MAX_LINES + 1) this.#tell('flooding', { lines: MAX_LINES });
  }

  #tell(event: string, details: Readonly<Record<string, string | number | undefined>>): void {
    this.#options.timeline.add(this.#options.name, 'program', event, details);
  }
}

function howEnded(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
}

/** Call back with each line, cut off where it is too long to be one. */
function readLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = '';
  const tellLine = () => {
    onLine(rest.replaceAll(/[^\P{Cc}\t]/gu, ''));
    rest = '';
  };
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = chunk.split('\n');
    lines.forEach((part, i) => {
      if (rest.length < MAX_LINE_CHARACTERS) rest += part.slice(0, MAX_LINE_CHARACTERS - rest.length);
      if (i < lines.length - 1) tellLine();
    });
  });
  stream.on('end', () => {
    if (rest !== '') tellLine();
  });
}
