import { readFileSync } from 'node:fs';
import { CliError } from './cli_error.js';
import { ExitCode } from './exit_code.js';
import type { Environment } from './secrets.js';

/** Read a file of keys or certificates. */
export function readPem(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new CliError(ExitCode.Usage, `${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  if (text.includes('-----BEGIN ')) return text;
  throw new CliError(ExitCode.Usage, `${path} has nothing in PEM ("-----BEGIN ...")`);
}

/** The authorities that the environment says are to be trusted: TIRTC_CA_FILE, as C programs read it. */
export function trustedAuthorities(env: Environment): { readonly ca?: string } {
  const { TIRTC_CA_FILE: path } = env;
  return path === undefined || path === '' ? {} : { ca: readPem(path) };
}
