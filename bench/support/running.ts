import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cProgram } from './program.js';

/** A program of bench/c that prints one line of JSON and then runs until its input ends. */
export class RunningC {
  readonly #child: ChildProcess;
  #output = '';

  constructor(name: string, ...values: readonly (string | number)[]) {
    this.#child = spawn(cProgram(name), values.map(String), { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
    });
  }

  async firstLine<Line>(): Promise<Line> {
    while (!this.#output.includes('\n')) {
      if (this.#child.exitCode !== null || this.#child.stdout === null) {
        throw new Error(`${this.#child.spawnfile} exited with ${this.#child.exitCode} before it printed a line`);
      }
      await Promise.race([once(this.#child.stdout, 'data'), once(this.#child, 'exit')]);
    }
    return JSON.parse(this.#output.slice(0, this.#output.indexOf('\n'))) as Line;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.stdin?.end();
    await exited;
  }
}
