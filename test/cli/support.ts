import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { run } from '../../lib/cli/run.js';

export interface Given {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Receives the live line, as if there were a terminal. */
  readonly live?: (line: string | undefined) => void;
}

/** A `tirtc` that runs inside the test. */
export class TestCli {
  readonly out: string[] = [];
  readonly err: string[] = [];
  readonly exit: Promise<number>;
  readonly #stop = new AbortController();
  readonly #hangUp = new EventTarget();
  readonly #waiting: (() => void)[] = [];

  constructor(args: readonly string[], given: Given = {}) {
    const write = (lines: string[]) => (line: string) => {
      lines.push(line);
      for (const look of this.#waiting) look();
    };
    this.exit = run(args, '1.2.3', {
      env: given.env ?? {},
      out: write(this.out),
      err: write(this.err),
      live: given.live,
      readInput: () => Promise.resolve(given.input ?? ''),
      stop: this.#stop.signal,
      onHangUp: (listener) => {
        this.#hangUp.addEventListener('hangUp', listener);
        return () => this.#hangUp.removeEventListener('hangUp', listener);
      },
    });
  }

  /** Does what SIGHUP does. */
  hangUp(): void {
    this.#hangUp.dispatchEvent(new Event('hangUp'));
  }

  stop(): Promise<number> {
    this.#stop.abort();
    return this.exit;
  }

  /** The first line of either output that matches; fails when the program ends before. */
  async line(pattern: RegExp): Promise<string> {
    const found = () => [...this.out, ...this.err].find((line) => pattern.test(line));
    const seen = new Promise<void>((resolve) => this.#waiting.push(() => found() !== undefined && resolve()));
    if (found() === undefined) await Promise.race([seen, this.exit]);
    const line = found();
    if (line === undefined) throw new Error(`no line matches ${pattern}: ${[...this.out, ...this.err].join('\n')}`);
    return line;
  }

  async endpoint(): Promise<string> {
    return (await this.line(/^endpoint=/)).slice('endpoint='.length);
  }
}

/** Runs to the end. */
export async function tirtc(args: readonly string[], given: Given = {}) {
  const cli = new TestCli(args, given);
  const exit = await cli.exit;
  return { exit, out: cli.out.join('\n'), err: cli.err.join('\n') };
}

/** Runs until the end of the test. */
export function tirtcServer(args: readonly string[], given: Given = {}): TestCli {
  const cli = new TestCli(args, given);
  onTestFinished(async () => void (await cli.stop()));
  return cli;
}

/** Writes a file with this text, which is removed at the end of the test. */
export function file(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'tirtc-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'file.json');
  writeFileSync(path, text);
  return path;
}

export const ENV = {
  TIRTC_ACCESS_KEY_ID: 'ak',
  TIRTC_SECRET_KEY_ID: 'the-app-secret',
  TIRTC_DEVICE_SECRET_KEY: 'the-device-secret',
};
