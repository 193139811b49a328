import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { type Clip, loadClip } from '../../examples/demo/clip.js';
import { SimulatedService } from '../../lib/service/index.js';
import { issueConnectToken } from '../../lib/token/index.js';

export const LANGUAGES = ['C', 'TypeScript'] as const;
export type Language = (typeof LANGUAGES)[number];

/** These tests run programs, and the machine may be slow. */
export const PATIENT = { timeout: 60_000 };

export const DEVICE_ID = 'camera-1';
export const DEVICE_SECRET = 'the-device-secret';
export const APP = { accessId: 'app', secretKey: 'the-app-secret' };

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

type Variables = Readonly<Record<string, string>>;

/** A program that runs until it exits or the test ends. */
export class Program {
  readonly lines: string[] = [];
  /** Its exit code, or the signal that ended it. */
  readonly exit: Promise<number | string>;
  readonly #child: ChildProcess;
  readonly #looking = new Set<() => void>();

  constructor(command: readonly [string, ...string[]], variables: Variables, input = '') {
    const [file, ...args] = command;
    const others = Object.entries(process.env).filter(([name]) => !/^TIRTC_|^NO_COLOR$/.test(name));
    const child = spawn(file, args, {
      cwd: ROOT,
      env: { ...Object.fromEntries(others), ...variables },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.on('error', () => {}).end(input);
    this.#child = child;
    this.#read(child.stdout);
    this.#read(child.stderr);
    this.exit = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve(code ?? signal ?? 'nothing'));
    });
    onTestFinished(() => void child.kill('SIGKILL'));
  }

  /** Everything that it printed so far. */
  get text(): string {
    return this.lines.join('\n');
  }

  interrupt(signal: 'SIGHUP' | 'SIGINT' | 'SIGTERM' | 'SIGKILL'): void {
    this.#child.kill(signal);
  }

  /** The first line that matches, now or later; fails when the program ends without it. */
  async line(pattern: RegExp): Promise<string> {
    let look = (): void => {};
    const found = new Promise<string>((resolve) => {
      look = () => {
        const line = this.lines.find((one) => pattern.test(one));
        if (line !== undefined) resolve(line);
      };
      this.#looking.add(look);
      look();
    });
    const ended = this.exit.then((exit) => {
      look();
      throw new Error(`it ended with ${exit} and printed no ${pattern}:\n${this.text}`);
    });
    return await Promise.race([found, ended]);
  }

  #read(stream: Readable): void {
    createInterface({ input: stream }).on('line', (line) => {
      this.lines.push(line);
      for (const look of this.#looking) look();
    });
  }
}

/** Runs an unchanged program of examples/ in this language. */
export function runExample(
  language: Language,
  name: 'start_device' | 'connect_client',
  args: readonly string[],
  variables: Variables,
): Program {
  const command: readonly [string, ...string[]] =
    language === 'C'
      ? [`build/c/examples/c/${name}`, ...args]
      : [process.execPath, '--import', 'tsx', `examples/ts/${name}.ts`, ...args];
  return new Program(command, variables);
}

export function runDemo(variables: Variables): Program {
  return new Program([process.execPath, '--import', 'tsx', 'examples/demo/main.ts'], variables);
}

/** Starts a service with one device and one app, which is closed after the test. */
export async function startService(): Promise<{ readonly service: SimulatedService; readonly endpoint: string }> {
  const service = new SimulatedService({
    devices: { [DEVICE_ID]: DEVICE_SECRET },
    apps: { [APP.accessId]: APP.secretKey },
  });
  onTestFinished(() => service.close());
  const { endpoint } = await service.listen();
  return { service, endpoint };
}

/** Starts the same service as a program, `tirtc serve`, which prints a JSON line for each event. */
export async function serve(
  ...options: readonly string[]
): Promise<{ readonly service: Program; readonly endpoint: string }> {
  const secrets = { devices: { [DEVICE_ID]: DEVICE_SECRET }, apps: { [APP.accessId]: APP.secretKey } };
  const config = temporaryFile('secrets.json', JSON.stringify(secrets));
  const args = ['serve', '--port', '0', '--config', config, '--json', ...options];
  const service = new Program([process.execPath, '--import', 'tsx', 'lib/cli/main.ts', ...args], {});
  const { endpoint } = JSON.parse(await service.line(/"listening"/)) as { readonly endpoint: string };
  return { service, endpoint };
}

/** Writes a file that is removed after the test. */
export function temporaryFile(name: string, content: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'tirtc-examples-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

export function tokenFor(remoteId: string, changes: { readonly issuedAt?: number } = {}): string {
  return issueConnectToken({ ...APP, remoteId, deviceSecretKey: DEVICE_SECRET, subject: 'tester', ...changes });
}

/** Writes the first two seconds of the clips to files that are removed after the test. */
export function shortClip(): Clip {
  const { video, audio } = loadClip();
  const folder = mkdtempSync(join(tmpdir(), 'tirtc-examples-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const cut = (track: Clip['video'], count: number, name: string) => {
    const frames = track.frames.slice(0, count);
    const file = Buffer.concat(frames.map(({ data }) => data));
    const path = join(folder, name);
    writeFileSync(path, file);
    return { path, file, frames };
  };
  return { video: cut(video, 30, 'video'), audio: cut(audio, 100, 'audio'), seconds: 2 };
}
