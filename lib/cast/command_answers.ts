import { invalidParameter } from '../errors/index.js';
import type { Command, CommandAnswer } from '../types/index.js';
import { MAX_COMMAND } from '../wire/index.js';

/** The answer to a command: its own data, fixed text or bytes, or a value as JSON. */
export type TableAnswer =
  | 'echo'
  | { readonly text: string }
  | { readonly bytes: Uint8Array }
  | { readonly json: unknown };

/** Answers by command; `other` answers all that are not listed. Without it they get no answer. */
export interface CommandTable {
  readonly commands: ReadonlyMap<number, TableAnswer>;
  readonly other?: TableAnswer | undefined;
}

/** Returns the answer to a command; undefined sends none. */
export type CommandScript = (
  command: Command,
  peer: { readonly subject: string },
  // biome-ignore lint/suspicious/noConfusingVoidType: a script may have no return statement
) => CommandAnswer | void | Promise<CommandAnswer | void>;

export type CommandRule = CommandTable | CommandScript;

export async function answerCommand(rule: CommandRule, command: Command, subject: string): Promise<CommandAnswer> {
  if (typeof rule === 'function') return (await rule(command, { subject })) ?? undefined;
  const answer = rule.commands.get(command.command) ?? rule.other;
  if (answer === undefined) return undefined;
  if (answer === 'echo') return command.data;
  if ('text' in answer) return answer.text;
  return 'bytes' in answer ? answer.bytes : JSON.stringify(answer.json);
}

/** Read a table in the form that files have: `{"0x4001": "echo", "0x4002": {"json": {…}}, "0x4003": {"text": "…"},
 *  "0x4004": {"hex": "00ff"}, "other": "echo"}`. Throws INVALID_PARAMETER with the entry at fault. */
export function readCommandTable(table: unknown): CommandTable {
  if (typeof table !== 'object' || table === null || Array.isArray(table)) {
    throw invalidParameter('a table of commands must be an object', 'use one such as {"0x4001": "echo"}');
  }
  const commands = new Map<number, TableAnswer>();
  let other: TableAnswer | undefined;
  for (const [name, value] of Object.entries(table)) {
    const answer = readAnswer(name, value);
    if (name === 'other') other = answer;
    else commands.set(readCommand(name), answer);
  }
  return { commands, other };
}

/** Read a command number: decimal, or hexadecimal with 0x. */
export function readCommand(text: string): number {
  const command = /^(0x[0-9a-f]{1,4}|\d{1,5})$/i.test(text) ? Number(text) : Number.NaN;
  if (command <= MAX_COMMAND) return command;
  throw invalidParameter(`"${text}" is not a command`, 'use 0x4000 to 0x7fff (0 to 0x7fff is accepted)');
}

/** Read bytes: an even number of hexadecimal digits, with optional spaces. */
export function readHex(text: string): Uint8Array {
  const digits = text.replaceAll(/\s/g, '');
  if (/^([0-9a-f]{2})*$/i.test(digits)) return Uint8Array.from(Buffer.from(digits, 'hex'));
  throw invalidParameter(
    `"${text}" is not a sequence of bytes`,
    'use two hexadecimal digits for each byte, as in 00ff',
  );
}

function readAnswer(name: string, value: unknown): TableAnswer {
  if (value === 'echo') return value;
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const [[kind, given] = []] = entries;
  if (entries.length === 1) {
    if (kind === 'json') return { json: given };
    if (kind === 'text' && typeof given === 'string') return { text: given };
    if (kind === 'hex' && typeof given === 'string') return { bytes: readHex(given) };
  }
  const allowed = '"echo", {"text": "…"}, {"json": …} or {"hex": "00ff"}';
  throw invalidParameter(`the answer to "${name}" is invalid`, `use ${allowed}`);
}
