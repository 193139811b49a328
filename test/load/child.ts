import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Bundle } from '../support/bundle.js';

const TIMEOUT_MS = 120_000;

/** A child process that answers messages, one at a time. */
export class Child {
  readonly #name: string;
  readonly #process: ChildProcess;

  private constructor(name: string, child: ChildProcess) {
    this.#name = name;
    this.#process = child;
  }

  /** Starts a program with a setup. Returns it with its first message. */
  static async start<First>(name: string, program: Bundle, setup: object): Promise<{ child: Child; first: First }> {
    const args = [JSON.stringify(setup)];
    const child = new Child(name, fork(fileURLToPath(program.file), args, { execArgv: ['--expose-gc'] }));
    return { child, first: await child.next<First>('start') };
  }

  /** Resolves with the answer to a message. */
  async ask<Answer>(message: object | string): Promise<Answer> {
    const answer = this.next<Answer>(JSON.stringify(message));
    this.#process.send(message);
    return await answer;
  }

  /** Resolves with the next message. Rejects when the child exits or takes too long; `what` was asked. */
  async next<Answer>(what: string): Promise<Answer> {
    const done = new AbortController();
    const { signal } = done;
    const died = once(this.#process, 'exit', { signal }).then(([code, by]) => {
      throw new Error(`${this.#name} exited with ${code ?? by}`);
    });
    died.catch(() => {});
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const late = once(timeout, 'abort', { signal }).then(() => {
      throw new Error(`${this.#name} did not answer ${what} in ${TIMEOUT_MS / 1000} s`);
    });
    late.catch(() => {});
    const [message] = await Promise.race([once(this.#process, 'message', { signal }), died, late]);
    done.abort();
    return message as Answer;
  }

  async kill(): Promise<void> {
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exited;
  }

  /** The child ends by itself. */
  release(): void {
    if (this.#process.connected) this.#process.disconnect();
  }
}
