import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { TiRtcError } from '../errors/index.js';
import { usageError } from './cli_error.js';

/** A value of a JSON file and its offset in the text, so that a message can name the place. */
export interface JsonNode {
  readonly offset: number;
  /** Of a string, a number, a boolean or null. */
  readonly value?: unknown;
  /** Of an object. */
  readonly members?: readonly JsonMember[];
}

export interface JsonMember {
  readonly name: string;
  readonly offset: number;
  readonly node: JsonNode;
}

/** A fault at an offset of a JSON text. The message must not quote the text, which may hold secrets. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** Reads a text file. A file that cannot be read is a usage error. */
export function readTextFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw usageError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** Reads a stream to its end. Resolves with undefined if it has more than `maxBytes`. */
export async function readStream(stream: Readable, maxBytes: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads a file of keys or certificates. */
export function readPem(path: string): string {
  const text = readTextFile(path);
  if (text.includes('-----BEGIN ')) return text;
  throw usageError(`${path} contains nothing in PEM format ("-----BEGIN ...")`);
}

/** Reads a JSON file (RFC 8259, without duplicate names) with `read`, which may throw a JsonError or a TiRtcError.
 *  Invalid JSON and these errors become usage errors that name the file, with line and column for a JsonError. */
export function readJsonFile<T>(path: string, read: (value: unknown, root: JsonNode) => T): T {
  const text = readTextFile(path).replace(/^\ufeff/, ' ');
  try {
    const root = new JsonReader(text).read();
    return read(JSON.parse(text), root);
  } catch (error) {
    if (error instanceof JsonError) {
      const lines = text.slice(0, error.offset).split('\n');
      throw usageError(`${path}:${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}: ${error.message}`);
    }
    if (error instanceof TiRtcError) throw usageError(`${path}: ${error.message}`);
    throw error;
  }
}

const MAX_DEPTH = 32;
const SPACE = /[ \t\r\n]*/y;
const STRING = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/** Finds the values of a JSON text and their offsets. JSON.parse() would give no place, and quote the text. */
class JsonReader {
  readonly #text: string;
  #offset = 0;

  constructor(text: string) {
    this.#text = text;
    this.#match(SPACE);
  }

  read(): JsonNode {
    const root = this.#value(0);
    if (this.#offset < this.#text.length) this.#fail('nothing may follow the value');
    return root;
  }

  #value(depth: number): JsonNode {
    const offset = this.#offset;
    const opening = this.#text[offset];
    if (opening === '"') return { offset, value: JSON.parse(this.#string()) };
    if (opening !== '{' && opening !== '[') {
      const scalar = this.#match(SCALAR) ?? this.#fail('a value is expected here');
      return { offset, value: JSON.parse(scalar) };
    }
    if (depth === MAX_DEPTH) this.#fail(`more than ${MAX_DEPTH} levels deep`);
    if (opening === '[') {
      this.#list(']', () => this.#value(depth + 1));
      return { offset };
    }
    const members = new Map<string, JsonMember>();
    this.#list('}', () => {
      const member = this.#member(depth + 1);
      if (members.has(member.name)) this.#fail('this name occurs twice', member.offset);
      members.set(member.name, member);
    });
    return { offset, members: [...members.values()] };
  }

  #member(depth: number): JsonMember {
    const offset = this.#offset;
    if (this.#text[offset] !== '"') this.#fail('a name in double quotes is expected here');
    const name = JSON.parse(this.#string());
    if (!this.#take(':')) this.#fail('a colon is expected here');
    return { name, offset, node: this.#value(depth) };
  }

  #list(end: string, readItem: () => void): void {
    this.#offset += 1;
    this.#match(SPACE);
    if (this.#take(end)) return;
    do {
      readItem();
      if (this.#take(end)) return;
      if (!this.#take(',')) this.#fail(`a comma or ${end} is expected here`);
    } while (this.#text[this.#offset] !== end);
    this.#fail(`a comma before ${end} is not allowed: remove the comma`);
  }

  #string(): string {
    return this.#match(STRING) ?? this.#fail('this string has no end, or an invalid character or escape');
  }

  #take(character: string): boolean {
    if (this.#text[this.#offset] !== character) return false;
    this.#offset += 1;
    this.#match(SPACE);
    return true;
  }

  /** Skips a match at the current offset, and the spaces after it. Returns it, or undefined if there is none. */
  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#offset;
    const found = pattern.exec(this.#text)?.[0];
    this.#offset += found?.length ?? 0;
    if (found !== undefined && pattern !== SPACE) this.#match(SPACE);
    return found;
  }

  #fail(message: string, offset = this.#offset): never {
    throw new JsonError(message, offset);
  }
}
