import type { WriteStream } from 'node:tty';

type Colour = 'bold' | 'dim' | 'green' | 'red' | 'cyan' | 'magenta' | 'yellow' | 'blue';

const CODES: Readonly<Record<Colour, number>> = {
  bold: 1,
  dim: 2,
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  magenta: 35,
  cyan: 36,
};

/** The parts of the demo, each with the colour of its lines. */
const ACTORS = {
  service: 'blue',
  device: 'magenta',
  backend: 'yellow',
  TypeScript: 'cyan',
  C: 'cyan',
} as const satisfies Readonly<Record<string, Colour>>;

export type Actor = keyof typeof ACTORS;

const ACTOR_WIDTH = Math.max(...Object.keys(ACTORS).map((name) => name.length));
const BAR_WIDTH = 30;

/** Prints the output of the demo: one line per event, with the time since the start. */
export class Report {
  readonly #out: WriteStream;
  readonly #colours: boolean;
  readonly #begin = performance.now();
  #barShown = false;

  constructor(out: WriteStream, noColour: boolean) {
    this.#out = out;
    this.#colours = out.isTTY && !noColour;
  }

  get seconds(): number {
    return (performance.now() - this.#begin) / 1000;
  }

  title(text: string): void {
    this.#write(`\n  ${this.#paint('bold', text)}`);
  }

  blank(): void {
    this.#write('');
  }

  /** Prints an event. */
  step(actor: Actor, text: string): void {
    this.#line(actor, ' ', text);
  }

  /** Prints a success. */
  tick(actor: Actor, text: string): void {
    this.#line(actor, this.#paint('green', '✓'), text);
  }

  failure(text: string): void {
    this.#write(`\n  ${this.#paint('red', '✗')} ${text}\n`);
  }

  /** Prints rows of the same length; all columns but the first are right-aligned. */
  table(head: readonly string[], rows: readonly (readonly string[])[]): void {
    const widths = head.map((title, column) =>
      Math.max(...[title, ...rows.map((row) => row[column] ?? '')].map((cell) => cell.length)),
    );
    const line = (cells: readonly string[]) =>
      cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('   ');
    this.#write(`  ${this.#paint('dim', line(head))}`);
    for (const row of rows) this.#write(`  ${line(row)}`);
  }

  conclusion(text: string): void {
    this.#write(`\n  ${this.#paint('green', '✓')} ${this.#paint('bold', text)}`);
  }

  note(text: string): void {
    this.#write(`    ${this.#paint('dim', text)}`);
  }

  /** Shows a bar below the last line, on terminals only; the next line replaces it. */
  progress(label: string, fraction: number): void {
    if (!this.#out.isTTY) return;
    const full = Math.round(fraction * BAR_WIDTH);
    const bar = this.#paint('green', '━'.repeat(full)) + this.#paint('dim', '━'.repeat(BAR_WIDTH - full));
    this.#out.write(`\r\x1b[K${' '.repeat(ACTOR_WIDTH + 13)}${bar} ${label}`);
    this.#barShown = true;
  }

  #line(actor: Actor, mark: string, text: string): void {
    const time = this.#paint('dim', `${this.seconds.toFixed(3).padStart(8)} s`);
    this.#write(`${time}  ${this.#paint(ACTORS[actor], actor.padEnd(ACTOR_WIDTH))} ${mark} ${text}`);
  }

  #write(text: string): void {
    this.#out.write(`${this.#barShown ? '\r\x1b[K' : ''}${text}\n`);
    this.#barShown = false;
  }

  #paint(colour: Colour, text: string): string {
    return this.#colours ? `\x1b[${CODES[colour]}m${text}\x1b[0m` : text;
  }
}

/** Formats 208189 as "208,189". */
export function grouped(number: number): string {
  return number.toLocaleString('en-US');
}
