import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Machine } from './image.js';

const NETWORK = 'net0';

/** A board that runs an image. */
export class Qemu {
  readonly #process: ChildProcess;
  readonly #folder = mkdtempSync(join(tmpdir(), 'tirtc-qemu-'));
  readonly #lines: string[] = [];
  /** The exit code of the program; null when it was killed. */
  readonly exited: Promise<number | null>;

  constructor(machine: Machine, image: string) {
    this.#process = spawn(
      'qemu-system-arm',
      [
        ...['-M', `mps2-${machine}`, '-kernel', image, '-display', 'none', '-serial', 'none'],
        ...['-monitor', `unix:${this.#monitor},server,nowait`],
        ...['-semihosting-config', 'enable=on,target=native', '-nic', `user,id=${NETWORK}`],
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      if (stream !== null) createInterface(stream).on('line', (line) => this.#lines.push(line));
    }
    this.exited = new Promise((resolve, reject) => {
      this.#process.once('error', reject);
      this.#process.once('close', (code) => resolve(code));
    });
  }

  get #monitor(): string {
    return join(this.#folder, 'monitor');
  }

  /** The lines that the program has printed. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Unplug the network cable, or plug it in. */
  async setCable(on: boolean): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const socket = createConnection(this.#monitor);
      const command = `set_link ${NETWORK} ${on ? 'on' : 'off'}`;
      let answer = '';
      socket.once('error', reject);
      socket.on('data', (data) => {
        answer += data.toString();
        const prompts = answer.split('(qemu) ').length - 1;
        if (prompts === 2) socket.end(); // one after the greeting, one after the command
      });
      socket.once('close', () => resolve());
      socket.write(`${command}\n`);
    });
  }

  async stop(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.exited;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
