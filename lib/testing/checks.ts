import { DURATION_PATTERN, type Where } from '../cast/index.js';
import { inspectForError, invalidParameter, suggest } from '../errors/index.js';
import type { TestClient } from './client.js';

/** What TypeScript would refuse, for tests in JavaScript: what is misspelled would make a test that cannot fail. */

export function checkDuration(name: string, given: unknown): void {
  if (given === undefined || (typeof given === 'number' && given >= 0)) return;
  if (typeof given === 'string' && new RegExp(DURATION_PATTERN).test(given)) return;
  throw invalidParameter(`${name} is ${inspectForError(given)}`, 'give milliseconds, or text as in "250ms", "5s"');
}

export function checkOneOf(name: string, given: string | undefined, known: readonly string[]): void {
  if (given === undefined || known.includes(given)) return;
  throw invalidParameter(`${name} is ${inspectForError(given)}`, suggest(String(given), known));
}

export function checkCount(given: number | undefined): void {
  if (given === undefined || (Number.isInteger(given) && given > 0)) return;
  throw invalidParameter(
    `count is ${inspectForError(given)}`,
    'give a whole number above 0; none is what never() is for',
  );
}

/** Values that the event does not have. */
export function checkWhere(event: string, where: Where = {}, fields: readonly string[] = []): void {
  const unknown = Object.keys(where).find((name) => !fields.includes(name));
  if (unknown === undefined) return;
  const help = fields.length === 0 ? 'it has no values' : suggest(unknown, fields);
  throw invalidParameter(`the event ${event} has no ${inspectForError(unknown)}`, help);
}

/** Its name. */
export function checkClient(given: TestClient): string {
  if (typeof given?.name === 'string') return given.name;
  throw invalidParameter(`${inspectForError(given)} is no client`, 'give what client() resolved with');
}

export function checkRun(run: readonly string[]): void {
  if (Array.isArray(run) && run.length > 0 && run.every((part) => typeof part === 'string')) return;
  throw invalidParameter(
    `${inspectForError(run)} is no program`,
    'give a list of texts: the program and its arguments',
  );
}
