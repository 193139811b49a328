import { addAbortSignal, type Readable } from 'node:stream';
import { CliError, ExitCode, usageError } from './cli_error.js';
import { readStream } from './files.js';

/** Commands read only a token, which is far smaller. */
const MAX_INPUT_BYTES = 65_536;

/** Reads all of standard input, unless the user stops the program. */
export async function readInput(input: Readable, stop: AbortSignal): Promise<string> {
  let text: string | undefined;
  try {
    text = await readStream(addAbortSignal(stop, input), MAX_INPUT_BYTES);
  } catch (error) {
    if (stop.aborted) throw new CliError(ExitCode.Failed, 'stopped before the end of standard input');
    const { code } = error as NodeJS.ErrnoException;
    throw usageError(`standard input cannot be read (${code}): pipe the token to it`);
  }
  if (text !== undefined) return text;
  throw usageError(`more than ${MAX_INPUT_BYTES} bytes on standard input: pipe only the token to it`);
}

const CLEAR_LINE = '\r\x1b[2K';

/** Writes lines for a person, and below them one line that changes. */
export class Terminal {
  readonly #write: (text: string) => void;
  readonly #columns: () => number;
  #live: string | undefined;

  constructor(write: (text: string) => void, columns: () => number) {
    this.#write = write;
    this.#columns = columns;
  }

  line(text: string): void {
    this.around(() => this.#write(`${text}\n`));
  }

  /** Hides the changing line while `write` writes to the same terminal. */
  around(write: () => void): void {
    if (this.#live !== undefined) this.#write(CLEAR_LINE);
    write();
    if (this.#live !== undefined) this.#write(this.#live);
  }

  /** Replaces the changing line, cut to the width of the terminal; undefined removes it. */
  live(text: string | undefined): void {
    if (this.#live !== undefined) this.#write(CLEAR_LINE);
    this.#live = text?.slice(0, Math.max(0, this.#columns() - 1));
    if (this.#live !== undefined) this.#write(this.#live);
  }
}
