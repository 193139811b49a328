import { readFileSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TiRtcError } from '../errors/index.js';
import { type CommandRule, type CommandScript, readCommandTable } from '../sim/index.js';
import { CliError } from './cli_error.js';
import { ExitCode } from './exit_code.js';
import { JsonError, parseJsonText } from './json_text.js';

/** Read the file of `--commands`: a table, or a script. */
export async function readCommandFile(path: string): Promise<CommandRule> {
  return /^\.[cm]?js$/.test(extname(path)) ? await loadScript(path) : readTable(path);
}

async function loadScript(path: string): Promise<CommandScript> {
  let loaded: { readonly default?: unknown };
  try {
    loaded = await import(pathToFileURL(resolve(path)).href);
  } catch (error) {
    throw new CliError(ExitCode.Usage, `${path} cannot be loaded: ${(error as Error).message}`);
  }
  if (typeof loaded.default === 'function') return loaded.default as CommandScript;
  throw new CliError(ExitCode.Usage, `${path} has no default export that is a function: export default (command) => …`);
}

function readTable(path: string): CommandRule {
  try {
    const text = readFileSync(path, 'utf8');
    parseJsonText(text); /* says where it is wrong, and refuses names that are there twice */
    return readCommandTable(JSON.parse(text));
  } catch (error) {
    if (error instanceof JsonError) {
      throw new CliError(ExitCode.Usage, `${path}:${error.line}:${error.column}: ${error.message}`);
    }
    if (error instanceof TiRtcError) throw new CliError(ExitCode.Usage, `${path}: ${error.message}`);
    throw new CliError(ExitCode.Usage, `${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}
