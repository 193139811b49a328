import { type ChildProcess, spawn } from 'node:child_process';
import type { Timer, WallClock } from '../types/index.js';
import type { ProgramSpec } from './specs.js';
import type { Timeline } from './timeline.js';
import { ScenarioBreakdown, ScenarioFailure } from './vocabulary.js';

export interface ProgramActorOptions {
  readonly name: string;
  readonly run: readonly string[];
  readonly folder: string;
  /** Called for each start, because a token is good for one connection. */
  readonly fill: () => ProgramStart;
  /** It may exit with an error. */
  readonly mayFail: boolean;
  /** Why it may not, for the message when it does; completes "and ...". */
  readonly whyNot?: string;
  readonly clock: WallClock;
  readonly timeline: Timeline;
  /** Called when it exits with an error and may not. */
  readonly onCrash: (failure: ScenarioFailure) => void;
}

/** Time between SIGTERM and SIGKILL. */
const STOP_GRACE_MS = 2000;
/** How long its output is read after its exit, while another process holds it open. */
const OUTPUT_GRACE_MS = 1000;
const MAX_LINE_CHARACTERS = 1000;
const MAX_LINES = 5000;
const LAST_LINES = 20;

/** The process groups of all programs: killed when this process exits, however that happens. */
const groups = new Set<number>();
let isGuarded = false;

function guard(): void {
  if (isGuarded) return;
  isGuarded = true;
  process.on('exit', () => {
    for (const group of groups) signalGroup(group, 'SIGKILL');
  });
}

/** Signal a program and its children. Returns false when all are gone. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}

/** A program of the user, run as a child process in its own process group. */
export class ProgramActor {
  readonly name: string;
  readonly #options: ProgramActorOptions;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #isStopping = false;
  #unexpectedEnd: string | undefined;
  #lines = 0;
  readonly #last: string[] = [];
  readonly #add: ReturnType<Timeline['adder']>;

  constructor(options: ProgramActorOptions) {
    this.name = options.name;
    this.#options = options;
    this.#add = options.timeline.adder(options.name, 'program');
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** Resolves when it has exited. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /** How it ended by itself although no step waits for that; undefined otherwise. */
  get unexpectedEnd(): string | undefined {
    return this.#unexpectedEnd;
  }

  /** Resolves when it is running. It may be started again after it ended. */
  async start(): Promise<void> {
    const { name, folder, fill } = this.#options;
    if (this.#child !== undefined) throw new ScenarioFailure(`${name} is running already: stop it first`);
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

  /** Stop it and its children: SIGTERM, then SIGKILL. Resolves when all are gone. */
  async stop(): Promise<void> {
    const { pid } = this.#child ?? {};
    if (pid === undefined) return;
    this.#isStopping = true;
    signalGroup(pid, 'SIGTERM');
    const timer = this.#options.clock.startTimer(STOP_GRACE_MS, () => signalGroup(pid, 'SIGKILL'));
    await this.#ended;
    timer.cancel();
  }

  /** Kill it and its children: SIGKILL. Resolves when all are gone. */
  async kill(): Promise<void> {
    const { pid } = this.#child ?? {};
    if (pid === undefined) throw new ScenarioFailure(`${this.#options.name} is not running: start it first`);
    this.#isStopping = true;
    signalGroup(pid, 'SIGKILL');
    await this.#ended;
  }

  #follow(child: ChildProcess): void {
    const { pid = 0, stdout, stderr } = child;
    groups.add(pid);
    this.#child = child;
    this.#isStopping = false;
    this.#unexpectedEnd = undefined;
    this.#lines = 0;
    this.#last.length = 0;
    this.#add('started', { pid });
    if (stdout !== null) readLines(stdout, (text) => this.#onLine('stdout', text));
    if (stderr !== null) readLines(stderr, (text) => this.#onLine('stderr', text));
    this.#ended = new Promise((resolve) => {
      let grace: Timer | undefined;
      child.once('exit', () => {
        // Children that it leaves behind would keep its output open. A daemon still does.
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
        this.#add('exited', { code: code ?? undefined, signal: signal ?? undefined });
        if (!this.#isStopping && !this.#options.mayFail) {
          this.#unexpectedEnd = howEnded(code, signal);
          if (code !== 0) this.#options.onCrash(this.#crash(this.#unexpectedEnd));
        }
        resolve();
      });
    });
  }

  #notStarted({ code }: NodeJS.ErrnoException): ScenarioBreakdown {
    const { name, run, folder } = this.#options;
    const reasons: Readonly<Record<string, string>> = {
      ENOENT: 'there is no such program',
      EACCES: 'it is not executable',
    };
    const reason = reasons[code ?? ''] ?? code;
    const advice = `"run" must name a program in PATH, or one by its path from ${folder}`;
    return new ScenarioBreakdown(`${name} cannot be started: ${reason} (${JSON.stringify(run[0])}); ${advice}`);
  }

  #crash(how: string): ScenarioFailure {
    const output =
      this.#last.length === 0
        ? 'It wrote nothing.'
        : `Its last lines:\n${this.#last.map((line) => `  ${line}`).join('\n')}`;
    const { name, whyNot = 'no step expects that' } = this.#options;
    return new ScenarioFailure(`${name} ${how}, and ${whyNot}. ${output}`);
  }

  #onLine(stream: 'stdout' | 'stderr', line: string): void {
    const text = this.#options.timeline.redact(line);
    if (text.trim() !== '') this.#last.push(text);
    if (this.#last.length > LAST_LINES) this.#last.shift();
    this.#lines += 1;
    if (this.#lines <= MAX_LINES) this.#add('line', { stream, text });
    else if (this.#lines === MAX_LINES + 1) this.#add('flooding', { lines: MAX_LINES });
  }
}

function howEnded(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
}

/** Call back with each line. Lines over the limit are cut. */
function readLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = '';
  const endLine = () => {
    onLine(rest.replaceAll(/[^\P{Cc}\t]/gu, ''));
    rest = '';
  };
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = chunk.split('\n');
    lines.forEach((part, i) => {
      if (rest.length < MAX_LINE_CHARACTERS) rest += part.slice(0, MAX_LINE_CHARACTERS - rest.length);
      if (i < lines.length - 1) endLine();
    });
  });
  stream.on('end', () => {
    if (rest !== '') endLine();
  });
}

/** What programs may know: its name in arguments, and the variable that holds it. */
const VARIABLES: Readonly<Record<string, string>> = {
  endpoint: 'TIRTC_ENDPOINT',
  deviceId: 'TIRTC_DEVICE_ID',
  deviceSecretKey: 'TIRTC_DEVICE_SECRET_KEY',
  remoteId: 'TIRTC_REMOTE_ID',
  token: 'TIRTC_TOKEN',
  accessId: 'TIRTC_ACCESS_KEY_ID',
  secretKey: 'TIRTC_SECRET_KEY_ID',
};

/** The names that `{{` and `}}` may enclose in the arguments and variables of a program. */
export const TEMPLATES: readonly string[] = Object.keys(VARIABLES);

export interface ProgramStart {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Returns the arguments and variables of a program: the inherited variables, the known values, and its own variables. In its
 *  own and in the arguments `{{name}}` stands for a known value. Our variables are never inherited: they may hold the identity
 *  and token of the person who runs this. */
export function startOf(
  { run, env = {} }: Pick<ProgramSpec, 'run' | 'env'>,
  inherited: Readonly<Record<string, string | undefined>>,
  values: Readonly<Record<string, string>>,
): ProgramStart {
  const known = Object.entries(VARIABLES).map(([name, variable]) => [variable, values[name]]);
  const own = Object.entries(env).map(([name, text]) => [name, fillIn(text, values)]);
  return {
    args: run.map((text) => fillIn(text, values)),
    env: { ...inherited, ...Object.fromEntries(known), ...Object.fromEntries(own) },
  };
}

function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{\{(.*?)\}\}/g, (whole, name: string) => values[name] ?? whole);
}
