import { readFileSync } from 'node:fs';
import { suggest } from '../errors/index.js';
import { checkApp, checkDevice } from '../service/options.js';
import { CliError } from './cli_error.js';
import { ExitCode } from './exit_code.js';
import { JsonError, type JsonMember, type JsonNode, parseJsonText } from './json_text.js';

/** Ids and their secret keys. */
export interface Secrets {
  readonly devices: Readonly<Record<string, string>>;
  readonly apps: Readonly<Record<string, string>>;
}

const LEGAL = 'legal is {"devices": {"<device id>": "<secret>"}, "apps": {"<access id>": "<secret>"}}';
const LEGAL_DEVICES = 'legal is {"<device id>": "<secret>"}';

/** Read the file of `--config`. */
export function readConfig(path: string): Secrets {
  return readFile(path, (root, fail) => {
    const found: { devices?: Record<string, string>; apps?: Record<string, string> } = {};
    for (const { name, offset, value } of members(root, fail, LEGAL)) {
      if (name === 'devices') found.devices = secretMap(value, fail, checkDevice);
      else if (name === 'apps') found.apps = secretMap(value, fail, checkApp);
      else fail(`"${name}" means nothing here: ${suggest(name, ['devices', 'apps'])}`, offset);
    }
    return { devices: found.devices ?? {}, apps: found.apps ?? {} };
  });
}

/** Read the file of `--devices`. */
export function readDevices(path: string): Readonly<Record<string, string>> {
  return readFile(path, (root, fail) => {
    if (root.kind !== 'object') fail(LEGAL_DEVICES, root.offset);
    return secretMap(root, fail, checkDevice);
  });
}

type Fail = (message: string, offset: number) => never;

function readFile<T>(path: string, read: (root: JsonNode, fail: Fail) => T): T {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new CliError(ExitCode.Usage, `${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  try {
    return read(parseJsonText(text), (message, offset) => {
      throw new JsonError(message, text, offset);
    });
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new CliError(ExitCode.Usage, `${path}:${error.line}:${error.column}: ${error.message}`);
  }
}

function members(node: JsonNode, fail: Fail, legal: string): readonly JsonMember[] {
  return node.kind === 'object' ? node.members : fail(`an object is expected here; ${legal}`, node.offset);
}

function secretMap(node: JsonNode, fail: Fail, check: (id: string, secret: string) => void): Record<string, string> {
  // Without a prototype, so that any id can be a key.
  const secrets: Record<string, string> = Object.create(null);
  for (const { name, value } of members(node, fail, 'ids and their secret keys')) {
    if (value.kind !== 'string') fail(`the secret key of ${JSON.stringify(name)} must be a string`, value.offset);
    try {
      check(name, value.value);
    } catch (error) {
      fail((error as Error).message, value.offset);
    }
    secrets[name] = value.value;
  }
  return secrets;
}

/** Environment variables, and those of them that commands read. */
export interface Environment extends Readonly<Record<string, string | undefined>> {
  readonly TIRTC_ACCESS_KEY_ID?: string | undefined;
  readonly TIRTC_SECRET_KEY_ID?: string | undefined;
  readonly TIRTC_DEVICE_ID?: string | undefined;
  readonly TIRTC_DEVICE_SECRET_KEY?: string | undefined;
  readonly TIRTC_ENDPOINT?: string | undefined;
  readonly TIRTC_CA_FILE?: string | undefined;
  readonly TIRTC_TOKEN?: string | undefined;
}

export type VariableName = 'TIRTC_ACCESS_KEY_ID' | 'TIRTC_SECRET_KEY_ID' | 'TIRTC_DEVICE_SECRET_KEY';

/** A variable that must be there. */
export function neededVariable(env: Environment, name: VariableName, what: string): string {
  const value = env[name];
  if (value !== undefined && value !== '') return value;
  throw new CliError(ExitCode.Usage, `set ${name} to ${what}, or use --config FILE`);
}
