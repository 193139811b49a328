import { readFileSync } from 'node:fs';
import { TiRtcError } from '../errors/index.js';
import { CliError } from './cli_error.js';
import { ExitCode } from './exit_code.js';
import { JsonError, parseJsonText } from './json_text.js';

/** Read a file that a person wrote. What is wrong with it, also what `read` finds fault with, is a usage error that names
 *  the file, and the place where the JSON is not JSON. */
export function readJsonFile<T>(path: string, read: (value: unknown) => T): T {
  try {
    const text = readFileSync(path, 'utf8');
    parseJsonText(text); /* says where it is wrong, and refuses names that are there twice */
    return read(JSON.parse(text));
  } catch (error) {
    if (error instanceof JsonError) {
      throw new CliError(ExitCode.Usage, `${path}:${error.line}:${error.column}: ${error.message}`);
    }
    if (error instanceof TiRtcError) throw new CliError(ExitCode.Usage, `${path}: ${error.message}`);
    throw new CliError(ExitCode.Usage, `${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}
