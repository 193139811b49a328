import { usageError } from './cli_error.js';
import { readPem } from './files.js';

/** Environment variables; named are those that commands read. */
export interface Environment extends Readonly<Record<string, string | undefined>> {
  readonly TIRTC_ACCESS_KEY_ID?: string | undefined;
  readonly TIRTC_SECRET_KEY_ID?: string | undefined;
  readonly TIRTC_DEVICE_ID?: string | undefined;
  readonly TIRTC_DEVICE_SECRET_KEY?: string | undefined;
  readonly TIRTC_ENDPOINT?: string | undefined;
  readonly TIRTC_CA_FILE?: string | undefined;
  readonly TIRTC_TOKEN?: string | undefined;
}

export type KeyVariable = 'TIRTC_ACCESS_KEY_ID' | 'TIRTC_SECRET_KEY_ID' | 'TIRTC_DEVICE_SECRET_KEY';

/** Returns a variable that must be set; `what` describes its value. */
export function requireVariable(env: Environment, name: KeyVariable, what: string): string {
  const value = env[name];
  if (value !== undefined && value !== '') return value;
  throw usageError(`set ${name} to ${what}, or use --config FILE`);
}

/** Returns the URL of the service: the option, else the environment. */
export function findEndpoint(given: string | undefined, env: Environment): string {
  const endpoint = given ?? env.TIRTC_ENDPOINT;
  if (endpoint !== undefined && endpoint !== '') return endpoint;
  throw usageError(
    'no endpoint: use --endpoint URL or set TIRTC_ENDPOINT to the URL of the service, such as http://127.0.0.1:8080',
  );
}

/** Returns the id of the device: the option, else the environment. */
export function findDeviceId(given: string | undefined, env: Environment): string {
  const id = given ?? env.TIRTC_DEVICE_ID;
  if (id !== undefined && id !== '') return id;
  throw usageError('no device id: use --id ID or set TIRTC_DEVICE_ID to the id of the device');
}

/** Returns the certificates of TIRTC_CA_FILE, which C programs read too, as an option of clients. */
export function trustedAuthorities(env: Environment): { readonly ca?: string } {
  const { TIRTC_CA_FILE: path } = env;
  return path === undefined || path === '' ? {} : { ca: readPem(path) };
}
