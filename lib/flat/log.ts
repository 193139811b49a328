import { runCallback } from '../base/index.js';
import { ErrorCode, redactTokens } from '../errors/index.js';
import { type LogCallback, LogLevel } from './interface.js';

const NAMES: Readonly<Record<number, string>> = { 1: 'ERROR', 2: 'WARN', 3: 'OK', 4: 'INFO', 5: 'VERBOSE' };

let level: number = LogLevel.INFO;
let callback: LogCallback | undefined;
let isToConsole = false;

/** Sets whether log lines go to standard output while there is no callback. By default they are dropped. A callback can
 *  write log files. */
export function logConfig(console: boolean | number): void {
  isToConsole = Boolean(console);
}

/** Sets the level, from 1 (errors) to 5 (everything); default 4. Other numbers count as the nearest of these. */
export function logSetLevel(to: number): void {
  level = Math.min(Math.max(Math.trunc(to) || LogLevel.ERROR, LogLevel.ERROR), LogLevel.VERBOSE);
}

/** Sends log lines to `to` instead; null ends that. A line has no newline, and neither secrets nor tokens. */
export function logSetCallback(to: LogCallback | null): void {
  callback = to ?? undefined;
}

/** Logs a line. Returns false when it was dropped. */
export function log(of: number, text: string): boolean {
  if (of > level || (callback === undefined && !isToConsole)) return false;
  const line = `${NAMES[of]} ${redactTokens(text)}`;
  if (callback === undefined) {
    process.stdout.write(`${line}\n`);
    return true;
  }
  const write = callback;
  runCallback(
    () => write(line),
    (error) => process.emitWarning(`tirtc-emulator: the log callback failed: ${String(error)}`),
  );
  return true;
}

/** Logs the reason of an error. Returns the error. */
export function refuse(error: number, text: string): number {
  log(LogLevel.ERROR, text);
  return error;
}

/** Logs what is wrong with a parameter. Returns -40003. */
export function refuseParameter(text: string): number {
  return refuse(ErrorCode.INVALID_PARAMETER, text);
}

/** Runs a callback of the program. When it throws, or its promise rejects, the error is logged, or is a warning of the
 *  process when the log drops it. */
export function runProgram(name: string, call: () => unknown): void {
  runCallback(call, (error) => {
    const text = `${name}: the callback failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
    if (!log(LogLevel.ERROR, text)) process.emitWarning(`tirtc-emulator: ${redactTokens(text)}`);
  });
}
