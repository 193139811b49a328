import { readFileSync } from 'node:fs';

export type Mark = 'exact' | 'reads' | 'ignored' | 'bad';

/** One line of test/vectors/wire.txt, whose head explains the format. */
export interface WireVector {
  readonly line: number;
  readonly mark: Mark;
  readonly kind: string;
  word(key: string): string;
  number(key: string): number;
  bytes(key: string): Uint8Array<ArrayBuffer>;
  text(key: string): string;
}

const MARKS: readonly string[] = ['reads', 'ignored', 'bad'];

function parseLine(text: string, line: number): WireVector {
  const words = text.split(' ');
  const mark = MARKS.includes(words[0] ?? '') ? (words.shift() as Mark) : 'exact';
  const [kind = '', ...fields] = words;
  const values = new Map(fields.map((field) => [field.split('=', 1)[0], field.slice(field.indexOf('=') + 1)]));
  const word = (key: string): string => {
    const value = values.get(key);
    if (value === undefined) throw new Error(`wire.txt line ${line} has no ${key}`);
    return value;
  };
  const bytes = (key: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(word(key), 'hex'));
  return {
    line,
    mark,
    kind,
    word,
    bytes,
    number: (key) => Number(word(key)),
    text: (key) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes(key)),
  };
}

/** Returns the vectors of one kind. */
export function wireVectors(kind: string): readonly WireVector[] {
  const text = readFileSync(new URL('../vectors/wire.txt', import.meta.url), 'utf8');
  const vectors = text
    .split('\n')
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line !== '' && !line.startsWith('#'))
    .map(({ line, number }) => parseLine(line, number));
  const found = vectors.filter((vector) => vector.kind === kind);
  if (found.length === 0) throw new Error(`wire.txt has no vectors of kind ${kind}`);
  return found;
}
