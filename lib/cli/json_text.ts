/** JSON that is wrong, and where. The message never quotes the text: secrets may be in it. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
  readonly line: number;
  readonly column: number;

  constructor(message: string, text: string, offset: number) {
    super(message);
    const before = text.slice(0, offset).split('\n');
    this.line = before.length;
    this.column = (before.at(-1)?.length ?? 0) + 1;
  }
}

/** A value of a JSON text that knows where it stands, so that whoever finds fault with it can say where. */
export type JsonNode =
  | { readonly kind: 'object'; readonly offset: number; readonly members: readonly JsonMember[] }
  | { readonly kind: 'string'; readonly offset: number; readonly value: string }
  | { readonly kind: 'other'; readonly offset: number };

export interface JsonMember {
  readonly name: string;
  readonly offset: number;
  readonly value: JsonNode;
}

const MAX_DEPTH = 32;
const SPACE = /[ \t\r\n]*/y;
const STRING = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/** Parse a JSON text (RFC 8259); names that occur twice in an object are refused too. Throws a JsonError. */
export function parseJsonText(text: string): JsonNode {
  const reader = new JsonReader(text);
  const node = reader.value(0);
  reader.end();
  return node;
}

class JsonReader {
  readonly #text: string;
  #offset = 0;

  constructor(text: string) {
    this.#text = text.startsWith('\ufeff') ? ` ${text.slice(1)}` : text;
  }

  value(depth: number): JsonNode {
    this.#match(SPACE);
    const offset = this.#offset;
    if (depth > MAX_DEPTH) this.#fail(`more than ${MAX_DEPTH} levels deep`);
    if (this.#take('{')) return { kind: 'object', offset, members: this.#members(depth) };
    if (this.#take('[')) return this.#array(offset, depth);
    if (this.#text[offset] === '"') return { kind: 'string', offset, value: this.#string() };
    if (this.#match(SCALAR) === undefined) this.#fail('a value is expected here');
    return { kind: 'other', offset };
  }

  end(): void {
    this.#match(SPACE);
    if (this.#offset < this.#text.length) this.#fail('nothing may follow the value');
  }

  #members(depth: number): readonly JsonMember[] {
    const members = new Map<string, JsonMember>();
    this.#match(SPACE);
    if (this.#take('}')) return [];
    do {
      this.#match(SPACE);
      const offset = this.#offset;
      if (this.#text[offset] !== '"') this.#fail('a name in double quotes is expected here');
      const name = this.#string();
      if (members.has(name)) this.#fail('this name is there already', offset);
      this.#match(SPACE);
      if (!this.#take(':')) this.#fail('a colon is expected here');
      members.set(name, { name, offset, value: this.value(depth + 1) });
      this.#match(SPACE);
    } while (this.#take(','));
    if (!this.#take('}')) this.#fail('a comma or } is expected here');
    return [...members.values()];
  }

  #array(offset: number, depth: number): JsonNode {
    this.#match(SPACE);
    if (this.#take(']')) return { kind: 'other', offset };
    do {
      this.value(depth + 1);
      this.#match(SPACE);
    } while (this.#take(','));
    if (!this.#take(']')) this.#fail('a comma or ] is expected here');
    return { kind: 'other', offset };
  }

  #string(): string {
    const found = this.#match(STRING);
    if (found === undefined) this.#fail('this string has no end, or a bad character or escape in it');
    return JSON.parse(found);
  }

  #take(character: string): boolean {
    if (this.#text[this.#offset] !== character) return false;
    this.#offset += 1;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#offset;
    const found = pattern.exec(this.#text)?.[0];
    this.#offset += found?.length ?? 0;
    return found;
  }

  #fail(message: string, offset = this.#offset): never {
    throw new JsonError(message, this.#text, offset);
  }
}
