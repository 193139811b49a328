import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const told = new WeakSet<Error>();
const OURS = dirname(fileURLToPath(import.meta.url));

/** The error with the timeline behind its message, once; its stack begins in the test. */
export function withTimeline(thrown: unknown, timeline: string): Error {
  const error = thrown instanceof Error ? thrown : new Error(`a test threw ${String(thrown)}`, { cause: thrown });
  if (told.has(error)) return error;
  const { message, stack = '' } = error;
  const full = `${message}\n\nWhat all actors did:\n${timeline}\n`;
  const calls = stack.split('\n').filter((line) => !line.includes(OURS));
  try {
    error.message = full;
    error.stack = calls.join('\n').replace(message, () => full); // runners print the message that is in it
  } catch {
    return withTimeline(new Error(message, { cause: error }), timeline); // it was frozen
  }
  told.add(error);
  return error;
}
