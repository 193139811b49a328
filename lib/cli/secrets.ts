import { suggest } from '../errors/index.js';
import { checkApp, checkDevice } from '../service/internal.js';
import { type Environment, requireVariable } from './environment.js';
import { JsonError, type JsonMember, type JsonNode, readJsonFile } from './files.js';

/** Ids and their secret keys. */
export interface Secrets {
  readonly devices: Readonly<Record<string, string>>;
  readonly apps: Readonly<Record<string, string>>;
}

const CONFIG_FORM = 'use {"devices": {"<device id>": "<secret>"}, "apps": {"<access id>": "<secret>"}}';
const DEVICES_FORM = 'use {"<device id>": "<secret>"}';

/** Reads the file of `--config`. */
export function readConfig(path: string): Secrets {
  return readJsonFile(path, (_, root) => {
    const found: { devices?: Record<string, string>; apps?: Record<string, string> } = {};
    for (const { name, offset, node } of membersOf(root, CONFIG_FORM)) {
      if (name === 'devices') found.devices = readSecrets(node, DEVICES_FORM, checkDevice);
      else if (name === 'apps') found.apps = readSecrets(node, 'use {"<access id>": "<secret>"}', checkApp);
      else throw new JsonError(`"${name}" is not a known key: ${suggest(name, ['devices', 'apps'])}`, offset);
    }
    return { devices: found.devices ?? {}, apps: found.apps ?? {} };
  });
}

/** Reads the file of `--devices`. */
export function readDevices(path: string): Readonly<Record<string, string>> {
  return readJsonFile(path, (_, root) => readSecrets(root, DEVICES_FORM, checkDevice));
}

/** Returns the secret key of a device: from the file of `--config`, else from the environment. */
export function deviceSecret(id: string, config: string | undefined, env: Environment): string {
  const listed = config === undefined ? undefined : readConfig(config).devices[id];
  return (
    listed ?? requireVariable(env, 'TIRTC_DEVICE_SECRET_KEY', `the secret key of the device ${JSON.stringify(id)}`)
  );
}

function membersOf({ members, offset }: JsonNode, form: string): readonly JsonMember[] {
  if (members === undefined) throw new JsonError(`an object is expected here: ${form}`, offset);
  return members;
}

function readSecrets(
  node: JsonNode,
  form: string,
  check: (id: string, secret: string) => void,
): Record<string, string> {
  // Without a prototype, so that any id can be a key.
  const secrets: Record<string, string> = Object.create(null);
  for (const { name, node: member } of membersOf(node, form)) {
    const { value, offset } = member;
    if (typeof value !== 'string') {
      throw new JsonError(`the secret key of ${JSON.stringify(name)} must be a string`, offset);
    }
    try {
      check(name, value);
    } catch (error) {
      throw new JsonError((error as Error).message, offset);
    }
    secrets[name] = value;
  }
  return secrets;
}
