import type { ExitCode } from '../exit_code.js';

/** What came of one check. */
export interface Finding {
  readonly check:
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
  readonly outcome: 'ok' | 'warning' | 'failed' | 'skipped';
  /** What was found, with the value at fault; no secret. */
  readonly message: string;
  /** What to do about it. */
  readonly fix?: string;
  /** Of a failure: what the program ends with. */
  readonly exitCode?: ExitCode;
}

type Check = Finding['check'];

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

/** A failure whose error says both what happened and what to do. */
export function failedWith(check: Check, exitCode: ExitCode, error: Error & { readonly advice?: string }): Finding {
  const { message, advice } = error;
  const end = `: ${advice}`;
  if (advice === undefined || !message.endsWith(end)) return { check, outcome: 'failed', message, exitCode };
  return failed(check, exitCode, message.slice(0, -end.length), advice);
}
