import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { ScenarioError } from '../../lib/scenario/index.js';
import { parseScenario } from '../../lib/sim/index.js';
import './seed.js';

const FOLDER = fileURLToPath(new URL('../../examples/scenarios', import.meta.url));
const documents = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => readFileSync(join(FOLDER, file), 'utf8'));

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Parses, or expects an error that names the file, and a line and column if the text can be read. */
function parseOrExplain(text: string): void {
  try {
    parseScenario(text, 'any.yaml');
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    expect(error.message).toMatch(/^any\.yaml:\d+:\d+: ./);
  }
}

/** Returns the places of all values in a document. */
function placesOf(value: Json, place: readonly (string | number)[] = []): readonly (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [place];
  const entries: readonly (readonly [string | number, Json])[] = Array.isArray(value)
    ? value.map((one, i) => [i, one] as const)
    : Object.entries(value);
  return [place, ...entries.flatMap(([key, one]) => placesOf(one, [...place, key]))];
}

/** Returns the document with another value at a place. */
function replaced(value: Json, [key, ...rest]: readonly (string | number)[], by: Json): Json {
  if (key === undefined) return by;
  if (Array.isArray(value)) return value.map((one, i) => (i === key ? replaced(one, rest, by) : one));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, name === key ? replaced(one, rest, by) : one]),
  );
}

describe('a scenario file', () => {
  test('with any value at any place is read, or refused with the place of the fault', () => {
    const values = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom<Json[]>('camera', 'viewer', '10s', '{{x}}', -1, 1e300),
    );
    const changed = fc.tuple(fc.constantFrom(...documents), fc.nat(), values);
    fc.assert(
      fc.property(changed, ([text, at, value]) => {
        const document: Json = parse(text);
        const places = placesOf(document);
        parseOrExplain(stringify(replaced(document, places[at % places.length] ?? [], value as Json)));
      }),
      { numRuns: 200 },
    );
  });

  test('that is cut, or has any characters in it, is read or refused with the place of the fault', () => {
    const changed = fc.tuple(fc.constantFrom(...documents), fc.nat(), fc.nat({ max: 8 }), fc.string({ maxLength: 4 }));
    fc.assert(
      fc.property(changed, ([text, at, length, characters]) => {
        const start = at % text.length;
        parseOrExplain(text.slice(0, start) + characters + text.slice(start + length));
        parseOrExplain(text.slice(0, start));
      }),
      { numRuns: 200 },
    );
  });

  test('that is any text is read or refused', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 80 }), parseOrExplain), { numRuns: 100 });
  });
});
