import { issueConnectToken, type SecretLookup } from '../token/index.js';
import { type CliError, usageError } from './cli_error.js';
import type { CliContext } from './context.js';
import { type Environment, requireVariable } from './environment.js';
import type { SecretOptions } from './options.js';
import type { ConnectArguments } from './peer_arguments.js';
import { readConfig, readDevices } from './secrets.js';

/** The keys that tokens are issued and verified with. */
export interface TokenKeys {
  /** Access id to secret key; the first one issues tokens. */
  readonly apps: ReadonlyMap<string, string>;
  /** Finds the secret key of a device. */
  readonly deviceSecret: Extract<SecretLookup, (id: string) => unknown>;
}

/** Collects the keys from the files of the arguments and from the environment. For apps the environment takes
 *  precedence; for devices the files do. */
export function tokenKeys(args: SecretOptions, env: Environment): TokenKeys {
  const config = args.config === undefined ? { devices: {}, apps: {} } : readConfig(args.config);
  const listed = args.devices === undefined ? {} : readDevices(args.devices);
  const devices = new Map([...Object.entries(config.devices), ...Object.entries(listed)]);
  // The variable does not name a device, so its key is used for every device that no file lists.
  const any = env.TIRTC_DEVICE_SECRET_KEY || undefined;
  if (devices.size === 0 && any === undefined) {
    throw usageError('no device secret key: set TIRTC_DEVICE_SECRET_KEY, or use --devices FILE or --config FILE');
  }
  return { apps: findApps(config.apps, env), deviceSecret: (id) => devices.get(id) ?? any };
}

function findApps(configured: Readonly<Record<string, string>>, env: Environment): ReadonlyMap<string, string> {
  const apps = new Map<string, string>();
  if (Object.keys(configured).length === 0 || env.TIRTC_ACCESS_KEY_ID) {
    const accessId = requireVariable(env, 'TIRTC_ACCESS_KEY_ID', 'the access id of the app');
    const secretKey = env.TIRTC_SECRET_KEY_ID || configured[accessId];
    apps.set(accessId, secretKey ?? requireVariable(env, 'TIRTC_SECRET_KEY_ID', 'the secret key of the app'));
  }
  for (const [accessId, secretKey] of Object.entries(configured)) {
    if (!apps.has(accessId)) apps.set(accessId, secretKey);
  }
  return apps;
}

/** Returns the keys to issue a token for a device with, or undefined if the secret key of the device is not known. */
export function issuerFor(keys: TokenKeys, deviceId: string) {
  const [[accessId, secretKey] = ['', '']] = keys.apps;
  const deviceSecretKey = keys.deviceSecret(deviceId);
  return deviceSecretKey === undefined ? undefined : { accessId, secretKey, deviceSecretKey };
}

const SHORT_LIFE_SECONDS = 60;

/** Returns the token of a connect: from standard input, from the environment, or issued for this one use. */
export async function findToken(args: ConnectArguments, remoteId: string, context: CliContext): Promise<string> {
  if (args.tokenStdin === true) {
    const token = (await context.readInput()).trim();
    if (token === '') throw usageError('there is no token on standard input: pipe the token to it');
    return token;
  }
  const given = context.env.TIRTC_TOKEN;
  if (given !== undefined && given !== '') return given.trim();
  return issueFor(args, remoteId, context);
}

function issueFor(args: ConnectArguments, remoteId: string, { env }: CliContext): string {
  const hasKeys = args.config !== undefined || args.devices !== undefined || env.TIRTC_ACCESS_KEY_ID;
  if (!hasKeys) {
    throw usageError(
      'no token: set TIRTC_TOKEN, use --token-stdin, or give keys to issue one (--config FILE, or TIRTC_ACCESS_KEY_ID, TIRTC_SECRET_KEY_ID and TIRTC_DEVICE_SECRET_KEY)',
    );
  }
  const issuer = issuerFor(tokenKeys(args, env), remoteId);
  if (issuer === undefined) throw unknownDevice(remoteId);
  return issueConnectToken({ ...issuer, remoteId, subject: args.subject, ttlSeconds: SHORT_LIFE_SECONDS });
}

/** Returns the error for a device whose secret key is not known. */
export function unknownDevice(id: string): CliError {
  return usageError(
    `the files do not contain the secret key of the device ${JSON.stringify(id)}, and TIRTC_DEVICE_SECRET_KEY is not set`,
  );
}
