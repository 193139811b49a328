import { invalidParameter } from './tirtc_error.js';

const MAX_INSPECTED_CHARACTERS = 80;

/** Throws INVALID_PARAMETER for keys that are not known: most are misspellings, and silence would hide them. */
export function refuseUnknownKeys(what: string, given: unknown, known: readonly string[]): asserts given is object {
  if (typeof given !== 'object' || given === null) {
    const type = given === null ? 'null' : typeof given;
    throw invalidParameter(`the options of ${what} are ${type}`, 'give an object');
  }
  for (const key of Object.keys(given)) {
    if (known.includes(key)) continue;
    throw invalidParameter(`${what} has no ${JSON.stringify(key)}`, suggest(key, known));
  }
}

/** Formats a value from the program for an error message: the text "5" and the number 5 look different, and no value
 *  makes it throw. Not for secrets. */
export function inspectForError(value: unknown): string {
  switch (typeof value) {
    case 'string': {
      const isLong = value.length > MAX_INSPECTED_CHARACTERS;
      return JSON.stringify(isLong ? `${value.slice(0, MAX_INSPECTED_CHARACTERS)}…` : value);
    }
    case 'bigint':
      return `${value}n`;
    case 'function':
      return 'a function';
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? 'an array' : 'an object';
    default:
      return String(value);
  }
}

/** Returns `did you mean "x"?` when a known word is close, else the list of known words. */
export function suggest(word: string, known: readonly string[]): string {
  const closest = closestName(word, known);
  return closest === undefined ? `it takes ${known.join(', ')}` : `did you mean ${JSON.stringify(closest)}?`;
}

function closestName(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const name of known) {
    const distance = editDistance(normal(word), normal(name));
    if (distance < bestDistance) [best, bestDistance] = [name, distance];
  }
  return best;
}

/** Makes `remote_id`, `remote-id` and `remoteID` the same word. */
function normal(name: string): string {
  return name.replaceAll(/[-_ ]/g, '').toLowerCase();
}

/** Returns how many letters must be added, removed or changed to turn one word into the other (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const changed = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
