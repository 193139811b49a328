import { runCallback } from '../base/index.js';
import { redactTokens } from '../errors/index.js';
import { LogLevel } from './constants.js';
import type { LogCallback } from './types.js';

const NAMES: Readonly<Record<number, string>> = { 1: 'ERROR', 2: 'WARN', 3: 'OK', 4: 'INFO', 5: 'VERBOSE' };

let level: number = LogLevel.INFO;
let callback: LogCallback | undefined;
let isToConsole = false;

/** Whether log lines go to standard output when there is no callback. By default they go nowhere. Log files are for the
 *  callback to write. */
export function logConfig(console: boolean | number): void {
  isToConsole = Boolean(console);
}

/** 1 (errors) to 5 (everything); default 4. Other numbers are taken for the nearest of these. */
export function logSetLevel(to: number): void {
  level = Math.min(Math.max(Math.trunc(to) || LogLevel.ERROR, LogLevel.ERROR), LogLevel.VERBOSE);
}

/** Have log lines told to `to` instead; null ends that. A line has no newline, and neither secrets nor tokens. */
export function logSetCallback(to: LogCallback | null): void {
  callback = to ?? undefined;
}

/** Tell a line. False when nobody was told. */
export function say(of: number, text: string): boolean {
  if (of > level || (callback === undefined && !isToConsole)) return false;
  const line = `${NAMES[of]} ${redactTokens(text)}`;
  if (callback === undefined) {
    process.stdout.write(`${line}\n`);
    return true;
  }
  const tell = callback;
  runCallback(
    () => tell(line),
    (error) => process.emitWarning(`tirtc-emulator: the log callback failed: ${String(error)}`),
  );
  return true;
}

/** Explain an error, which is returned. */
export function refuse(error: number, text: string): number {
  say(LogLevel.ERROR, text);
  return error;
}
