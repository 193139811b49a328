import type { SecretLookup } from '../token/index.js';
import type { SecretArguments } from './arguments.js';
import { CliError } from './cli_error.js';
import { ExitCode } from './exit_code.js';
import { type Environment, neededVariable, readConfig, readDevices } from './secrets.js';

/** The keys that the token commands sign and verify with. */
export interface TokenKeys {
  /** Access id to secret key; the first is the one that issues. */
  readonly apps: ReadonlyMap<string, string>;
  /** Finds the secret key of a device. */
  readonly deviceSecret: Extract<SecretLookup, (id: string) => unknown>;
}

/** From the files the arguments name, and from the environment, which wins for the app and fills in for devices. */
export function tokenKeys(args: SecretArguments, env: Environment): TokenKeys {
  const config = args.config === undefined ? { devices: {}, apps: {} } : readConfig(args.config);
  const listed = args.devices === undefined ? {} : readDevices(args.devices);
  const devices = new Map([...Object.entries(config.devices), ...Object.entries(listed)]);
  // One variable cannot say whose secret it is: it stands for every device that no file lists.
  const any = env.TIRTC_DEVICE_SECRET_KEY || undefined;
  if (devices.size === 0 && any === undefined) {
    throw new CliError(
      ExitCode.Usage,
      'no device secret key: set TIRTC_DEVICE_SECRET_KEY, or use --devices FILE or --config FILE',
    );
  }
  return { apps: findApps(config.apps, env), deviceSecret: (id) => devices.get(id) ?? any };
}

function findApps(configured: Readonly<Record<string, string>>, env: Environment): ReadonlyMap<string, string> {
  const apps = new Map<string, string>();
  if (Object.keys(configured).length === 0 || env.TIRTC_ACCESS_KEY_ID) {
    const accessId = neededVariable(env, 'TIRTC_ACCESS_KEY_ID', 'the access id of the app');
    const secretKey = env.TIRTC_SECRET_KEY_ID || configured[accessId];
    apps.set(accessId, secretKey ?? neededVariable(env, 'TIRTC_SECRET_KEY_ID', 'the secret key of the app'));
  }
  for (const [accessId, secretKey] of Object.entries(configured)) {
    if (!apps.has(accessId)) apps.set(accessId, secretKey);
  }
  return apps;
}

/** What is needed to issue a token for a device, or undefined when its secret key is not known. */
export function issuerFor(keys: TokenKeys, deviceId: string) {
  const [[accessId, secretKey] = ['', '']] = keys.apps;
  const deviceSecretKey = keys.deviceSecret(deviceId);
  return deviceSecretKey === undefined ? undefined : { accessId, secretKey, deviceSecretKey };
}
