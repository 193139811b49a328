import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const BUILD = new URL('../../build/bench/', import.meta.url);

/** Returns the path of a program of bench/c. */
export function cProgram(name: string): string {
  return fileURLToPath(new URL(`c/${name}`, BUILD));
}

/** Runs a program of bench/c, and returns the JSON line that it prints. */
export async function runC<Output>(name: string, ...values: readonly (string | number)[]): Promise<Output> {
  const { stdout } = await promisify(execFile)(cProgram(name), values.map(String));
  return JSON.parse(stdout) as Output;
}

/** A program of bench/programs, bundled, in a process of its own. It answers one request at a time (serve.ts). */
export class Program {
  readonly #child: ChildProcess;
  readonly #name: string;

  private constructor(name: string, values: readonly (string | number)[], execPath = process.execPath) {
    this.#name = name;
    const file = fileURLToPath(new URL(`programs/${name}.mjs`, BUILD));
    this.#child = fork(file, values.map(String), {
      execPath,
      execArgv: ['--expose-gc'],
      serialization: 'advanced',
    });
  }

  /** Starts a program; resolves when it is ready. */
  static async start(name: string, ...values: readonly (string | number)[]): Promise<Program> {
    const program = new Program(name, values);
    await program.#answer();
    return program;
  }

  /** The same in another version of Node. */
  static async startIn(node: string, name: string, ...values: readonly (string | number)[]): Promise<Program> {
    const program = new Program(name, values, node);
    await program.#answer();
    return program;
  }

  async ask<Answer>(request: string, ...values: readonly (string | number)[]): Promise<Answer> {
    const answer = this.#answer();
    this.#child.send({ request, values });
    return (await answer) as Answer;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    this.#child.kill();
    await exited;
  }

  async #answer(): Promise<unknown> {
    const ending = new AbortController();
    const { signal } = ending;
    const died = once(this.#child, 'exit', { signal }).then(([code]) => {
      throw new Error(`bench/programs/${this.#name} exited with ${code} before it answered`);
    });
    try {
      const [answer] = (await Promise.race([once(this.#child, 'message', { signal }), died])) as [unknown];
      return answer;
    } finally {
      died.catch(() => {});
      ending.abort();
    }
  }
}
