import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { type Node, type ParseError, parseTree, printParseErrorCode, visit } from 'jsonc-parser';
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
    const { value, root } = parseJson(text);
    return read(value, root);
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
const STRICT = { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false };

const STRING_FAULT = 'this string has no end, or an invalid character or escape';
const COMMENT_FAULT = 'JSON has no comments: remove this one';

/** What is wrong, by the code of the parser. */
const FAULTS: Readonly<Record<string, string>> = {
  ColonExpected: 'a colon is expected here',
  CommaExpected: 'a comma or a closing bracket is expected here',
  CloseBraceExpected: 'a comma or } is expected here',
  CloseBracketExpected: 'a comma or ] is expected here',
  PropertyNameExpected: 'a name in double quotes is expected here',
  ValueExpected: 'a value is expected here',
  EndOfFileExpected: 'nothing may follow the value',
  UnexpectedEndOfString: STRING_FAULT,
  InvalidEscapeCharacter: STRING_FAULT,
  InvalidUnicode: STRING_FAULT,
  InvalidCharacter: STRING_FAULT,
  InvalidCommentToken: COMMENT_FAULT,
  UnexpectedEndOfComment: COMMENT_FAULT,
};

/** Parses JSON and finds the places of its values. The message of JSON.parse() would name no place, and quote the text. */
function parseJson(text: string): { readonly value: unknown; readonly root: JsonNode } {
  checkDepth(text);
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, STRICT);
  if (errors.length > 0) throw new JsonError(faultText(errors, text, root), errors[0]?.offset ?? 0);
  try {
    return { value: JSON.parse(text), root: nodeOf(root as Node) };
  } catch (error) {
    throw error instanceof SyntaxError ? new JsonError('this is not valid JSON', 0) : error;
  }
}

/** The parser calls itself for each level, so the depth is limited before. */
function checkDepth(text: string): void {
  let depth = 0;
  const enter = (offset: number): void => {
    if (depth === MAX_DEPTH) throw new JsonError(`more than ${MAX_DEPTH} levels deep`, offset);
    depth += 1;
  };
  const leave = (): void => {
    depth -= 1;
  };
  visit(text, { onObjectBegin: enter, onObjectEnd: leave, onArrayBegin: enter, onArrayEnd: leave }, STRICT);
}

function faultText(errors: readonly ParseError[], text: string, root: Node | undefined): string {
  const codes = errors.map(({ error }) => printParseErrorCode(error));
  const { offset = 0 } = errors[0] ?? {};
  const bracket = text[offset];
  const isAfterComma =
    codes[0] === (bracket === '}' ? 'PropertyNameExpected' : 'ValueExpected') && /[}\]]/.test(bracket ?? '');
  if (isAfterComma) return `a comma before ${bracket} is not allowed: remove the comma`;
  // After words that are not JSON the parser says what it expected in their place, unless it could continue without it.
  const expected = codes.find((code) => code !== 'InvalidSymbol');
  const isAfterRoot = root !== undefined && offset >= root.offset + root.length;
  return FAULTS[expected ?? (isAfterRoot ? 'EndOfFileExpected' : 'ValueExpected')] ?? 'this is not valid JSON';
}

function nodeOf({ type, offset, value, children = [] }: Node): JsonNode {
  if (type === 'array') for (const child of children) nodeOf(child);
  if (type !== 'object') return { offset, value };
  const members = new Map<string, JsonMember>();
  for (const { children: [key, member] = [] } of children) {
    if (key === undefined || member === undefined) continue;
    if (members.has(key.value)) throw new JsonError('this name occurs twice', key.offset);
    members.set(key.value, { name: key.value, offset: key.offset, node: nodeOf(member) });
  }
  return { offset, members: [...members.values()] };
}
