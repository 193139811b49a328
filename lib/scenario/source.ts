import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { Scenario } from './schema.js';

/** The place of a value: keys and indices from the root. */
export type Path = readonly (string | number)[];

/** A problem of a scenario. */
export interface Problem {
  readonly path: Path;
  /** The problem is the key at the end of the path, not its value. */
  readonly atKey?: boolean;
  readonly message: string;
}

/** An invalid scenario. Each line of the message has a place, the problem there, and what is allowed. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
  readonly code = 'SCENARIO_INVALID';
}

export function pathText(path: Path): string {
  return path.map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i === 0 ? '' : '.'}${part}`)).join('');
}

const MAX_NODES = 100_000;

interface Place {
  readonly key: number | undefined;
  readonly value: number;
}

/** The text of a scenario as plain values, with the place of each in the text. */
export class ScenarioSource {
  readonly value: unknown;
  readonly #file: string;
  readonly #lines = new LineCounter();
  readonly #places = new Map<string, Place>();
  #nodes = 0;

  /** `text` is YAML 1.2, which includes JSON. Throws a ScenarioError if it is neither. */
  constructor(text: string, file: string) {
    this.#file = file;
    const document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, strict: true });
    const [error] = document.errors;
    if (error !== undefined) throw this.#errorAt(error.pos[0], error.message);
    if (document.contents === null) throw this.#errorAt(0, 'the file is empty: a scenario needs at least "steps"');
    const convert = (node: Node | null, path: Path, key: number | undefined, inside: readonly Node[]): unknown => {
      const offset = node?.range?.[0] ?? key ?? 0;
      this.#places.set(JSON.stringify(path), { key, value: offset });
      this.#nodes += 1;
      if (this.#nodes > MAX_NODES) throw this.#errorAt(offset, `the scenario has more than ${MAX_NODES} values`);
      if (isAlias(node)) {
        const target = node.resolve(document);
        if (target === undefined)
          throw this.#errorAt(offset, `there is no anchor &${node.source}: define it before its use`);
        if (inside.includes(target))
          throw this.#errorAt(offset, `*${node.source} contains itself: write the repeated part out`);
        return convert(target, path, key ?? offset, inside);
      }
      if (isMap(node)) {
        const entries = node.items.map((pair): readonly [string, unknown] => {
          const at = (pair.key as Node).range?.[0] ?? offset;
          if (!isScalar(pair.key)) throw this.#errorAt(at, 'a key must be plain text');
          const name = String(pair.key.value);
          return [name, convert(pair.value as Node | null, [...path, name], at, [...inside, node])];
        });
        return Object.fromEntries(entries);
      }
      if (isSeq(node)) {
        return node.items.map((item, i) => convert(item as Node | null, [...path, i], undefined, [...inside, node]));
      }
      return isScalar(node) ? node.value : null;
    };
    this.value = convert(document.contents, [], undefined, []);
  }

  /** `file:line:column: message`. */
  describe({ path, atKey, message }: Problem): string {
    return `${this.#where(this.#offset(path, atKey === true))}: ${message}`;
  }

  /** `file:line` of a value. */
  lineOf(path: Path): string {
    return `${this.#file}:${this.#lines.linePos(this.#offset(path, false)).line}`;
  }

  #offset(path: Path, atKey: boolean): number {
    for (let length = path.length; length >= 0; length--) {
      const place = this.#places.get(JSON.stringify(path.slice(0, length)));
      if (place !== undefined) return atKey && length === path.length ? (place.key ?? place.value) : place.value;
    }
    return 0;
  }

  #where(offset: number): string {
    const { line, col } = this.#lines.linePos(offset);
    return `${this.#file}:${line}:${col}`;
  }

  #errorAt(offset: number, message: string): ScenarioError {
    return new ScenarioError(`${this.#where(offset)}: ${message}`);
  }
}

/** A valid scenario. */
export interface CheckedScenario {
  readonly scenario: Scenario;
  /** The file that it was read from. */
  readonly file: string | undefined;
  /** Returns the text of a place in it for a message. */
  readonly place: (path: Path) => string;
}
