import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { isCollection, isMap, isNode, isPair, isScalar, parseDocument } from 'yaml';
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
  const text = readTextFile(path);
  // YAML does not allow a line to be indented less than the first.
  const json = text.replace(/^\ufeff?[ \t\r\n]*/, '');
  try {
    const root = parseJson(json);
    return read(JSON.parse(json), root);
  } catch (error) {
    if (error instanceof JsonError) {
      const lines = text.slice(0, text.length - json.length + error.offset).split('\n');
      throw usageError(`${path}:${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}: ${error.message}`);
    }
    if (error instanceof TiRtcError) throw usageError(`${path}: ${error.message}`);
    throw error;
  }
}

const MAX_DEPTH = 32;
const INVALID = 'not valid JSON: check commas, colons, quotes and brackets';

/** Finds the values of a JSON text with the YAML parser, and refuses what only YAML allows. */
function parseJson(text: string): JsonNode {
  const withoutStrings = text.replace(/"(?:[^"\\]|\\.)*"/g, (string) => '0'.repeat(string.length));
  let depth = 0;
  for (const { 0: bracket, index } of withoutStrings.matchAll(/[[\]{}]/g)) {
    depth += '[{'.includes(bracket) ? 1 : -1;
    if (depth > MAX_DEPTH) throw new JsonError(`more than ${MAX_DEPTH} levels deep`, index);
  }
  const document = parseDocument(text.replaceAll('\r', ' '), { prettyErrors: false, uniqueKeys: false });
  const root = readNode(document.contents, text, 0);
  const [error] = document.errors;
  if (error !== undefined) throw new JsonError(INVALID, error.pos[0]);
  const stray = withoutStrings.search(/[^\w\s.+\-{}[\],:]|(?<=,\s*)[}\]]/);
  if (stray >= 0 || !isJson(text)) throw new JsonError(INVALID, Math.max(0, stray));
  return root;
}

/** `start`: the place to report for a missing value. */
function readNode(node: unknown, text: string, start: number): JsonNode {
  const [offset, end] = (isNode(node) && node.range) || [start, start];
  if (isScalar(node)) {
    const source = text.slice(offset, end);
    if (!isJson(source)) throw new JsonError(INVALID, offset);
    return { offset, value: JSON.parse(source) };
  }
  if (!isCollection(node)) throw new JsonError(INVALID, offset);
  const members = new Map<string, JsonMember>();
  for (const item of node.items) {
    const key = readNode(isPair(item) ? item.key : item, text, offset);
    if (!isPair(item)) continue;
    const { value: name } = key;
    if (typeof name !== 'string') throw new JsonError(INVALID, key.offset);
    if (members.has(name)) throw new JsonError('this name occurs twice', key.offset);
    members.set(name, { name, offset: key.offset, node: readNode(item.value, text, key.offset) });
  }
  return isMap(node) ? { offset, members: [...members.values()] } : { offset };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
