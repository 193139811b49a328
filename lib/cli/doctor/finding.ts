import type { ExitCode } from '../cli_error.js';

type Check =
  | 'node'
  | 'addon'
  | 'loopback'
  | 'port'
  | 'endpoint'
  | 'dns'
  | 'tcp'
  | 'service'
  | 'device'
  | 'token'
  | 'connect';

/** The result of one check. */
export interface Finding {
  readonly check: Check;
  readonly outcome: 'ok' | 'warning' | 'failed' | 'skipped';
  /** What was found, with the value at fault, without secrets. */
  readonly message: string;
  /** How to fix it. */
  readonly fix?: string;
  /** The exit code of the program, set for a failure. */
  readonly exitCode?: ExitCode;
}

export function ok(check: Check, message: string): Finding {
  return { check, outcome: 'ok', message };
}

export function warning(check: Check, message: string, fix: string): Finding {
  return { check, outcome: 'warning', message, fix };
}

export function skipped(check: Check, message: string, fix: string): Finding {
  return { check, outcome: 'skipped', message, fix };
}

export function failed(check: Check, exitCode: ExitCode, message: string, fix: string): Finding {
  return { check, outcome: 'failed', message, fix, exitCode };
}

/** Returns a failure for an error that says what happened and what to do. */
export function failedWith(check: Check, exitCode: ExitCode, error: Error & { readonly advice?: string }): Finding {
  const { message, advice } = error;
  const end = `: ${advice}`;
  if (advice === undefined || !message.endsWith(end)) return { check, outcome: 'failed', message, exitCode };
  return failed(check, exitCode, message.slice(0, -end.length), advice);
}
