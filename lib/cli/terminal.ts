const CLEAR_LINE = '\r\x1b[2K';

/** Lines for a person, and below them one that changes. */
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

  /** Something else is written to the same terminal. */
  around(write: () => void): void {
    if (this.#live !== undefined) this.#write(CLEAR_LINE);
    write();
    if (this.#live !== undefined) this.#write(this.#live);
  }

  /** Replace the line that changes; undefined takes it away. It is cut off at the width of the terminal. */
  live(text: string | undefined): void {
    if (this.#live !== undefined) this.#write(CLEAR_LINE);
    this.#live = text?.slice(0, Math.max(0, this.#columns() - 1));
    if (this.#live !== undefined) this.#write(this.#live);
  }
}
