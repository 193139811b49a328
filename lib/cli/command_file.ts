import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type CommandRule, type CommandScript, readCommandTable } from '../sim/index.js';
import { CliError } from './cli_error.js';
import { ExitCode } from './exit_code.js';
import { readJsonFile } from './json_file.js';

/** Read the file of `--commands`: a table, or a script. */
export async function readCommandFile(path: string): Promise<CommandRule> {
  return /^\.[cm]?js$/.test(extname(path)) ? await loadScript(path) : readJsonFile(path, readCommandTable);
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
