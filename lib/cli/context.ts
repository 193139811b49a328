import type { Environment } from './environment.js';
import { printable } from './output_text.js';

/** Everything that a command may use of its process. Only main.ts makes one for the real process. */
export interface CliContext {
  readonly env: Environment;
  /** Prints one line for machines, or the result for a person. */
  out(line: string): void;
  /** Prints one line for a person. */
  err(line: string): void;
  /** Shows a line that the next one replaces; undefined removes it. Undefined without a terminal. */
  readonly live?: ((line: string | undefined) => void) | undefined;
  /** Reads all of standard input. */
  readInput(): Promise<string>;
  /** Aborted when the user wants the program to stop. */
  readonly stop: AbortSignal;
  /** Call `listener` at each SIGHUP, until the returned function is called. Without a listener, SIGHUP ends the program. */
  onHangUp(listener: () => void): () => void;
}

/** Reports an event: `facts` to machines, or `text`, if there is one, to a person. */
export type Report = (event: string, facts: object, text?: string) => void;

/** Returns the function that reports events: as JSON lines on standard output, or as text on standard error. */
export function reporter(json: boolean | undefined, context: CliContext): Report {
  return (event, facts, text) => {
    if (json === true) context.out(JSON.stringify({ event, ...facts }));
    else if (text !== undefined) context.err(printable(text));
  };
}

/** Resolves when the program is to stop. */
export function untilStopped(stop: AbortSignal): Promise<void> {
  if (stop.aborted) return Promise.resolve();
  return new Promise((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }));
}
