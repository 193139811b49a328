import type { Environment } from './secrets.js';

/** Everything a command may touch of the process it runs in. Only main.ts makes one of the real process. */
export interface CliContext {
  readonly env: Environment;
  /** One line for machines, or for the person when it is the result. */
  out(line: string): void;
  /** One line for the person. */
  err(line: string): void;
  /** A line for the person that the next one replaces; undefined takes it away. Absent without a terminal. */
  readonly live?: ((line: string | undefined) => void) | undefined;
  /** All of standard input. */
  readInput(): Promise<string>;
  /** Aborted when the person wants the program to stop. */
  readonly stop: AbortSignal;
}

/** Resolves when the program is to stop. */
export function untilStopped(stop: AbortSignal): Promise<void> {
  if (stop.aborted) return Promise.resolve();
  return new Promise((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }));
}
