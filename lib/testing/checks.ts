import { jsonSchema, type Where } from '../cast/index.js';
import { inspectForError, invalidParameter, suggest } from '../errors/index.js';
import type { TestClient } from './actors.js';

/** These checks are for tests in JavaScript, where a misspelled option would make a test that cannot fail. */

export function checkDuration(name: string, given: unknown): void {
  if (given === undefined || (typeof given === 'number' && given >= 0)) return;
  if (typeof given === 'string' && new RegExp(jsonSchema.DURATION_PATTERN).test(given)) return;
  throw invalidParameter(`${name} is ${inspectForError(given)}`, 'use milliseconds, or text as in "250ms", "5s"');
}

export function checkOneOf(name: string, given: string | undefined, known: readonly string[]): void {
  if (given === undefined || known.includes(given)) return;
  throw invalidParameter(`${name} is ${inspectForError(given)}`, suggest(String(given), known));
}

export function checkCount(given: number | undefined): void {
  if (given === undefined || (Number.isInteger(given) && given > 0)) return;
  throw invalidParameter(
    `count is ${inspectForError(given)}`,
    'use a positive integer; to assert that nothing happens, use never()',
  );
}

/** Refuse details that the event does not have. */
export function checkWhere(event: string, where: Where = {}, fields: readonly string[] = []): void {
  const unknown = Object.keys(where).find((name) => !fields.includes(name));
  if (unknown === undefined) return;
  const help = fields.length === 0 ? 'it has no details' : suggest(unknown, fields);
  throw invalidParameter(`the event ${event} has no ${inspectForError(unknown)}`, help);
}

/** Returns the name of a client. */
export function checkClient(given: TestClient): string {
  if (typeof given?.name === 'string') return given.name;
  throw invalidParameter(`${inspectForError(given)} is not a client`, 'pass the result of client()');
}

export function checkRun(run: readonly string[]): void {
  if (Array.isArray(run) && run.length > 0 && run.every((part) => typeof part === 'string')) return;
  throw invalidParameter(
    `${inspectForError(run)} is not a program`,
    'pass an array of strings: the program and its arguments',
  );
}
