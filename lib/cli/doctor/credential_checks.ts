import { Client } from '../../client/index.js';
import { Device } from '../../device/index.js';
import { TiRtcError } from '../../errors/index.js';
import { issueConnectToken, readConnectToken, TokenError } from '../../token/index.js';
import type { DoctorArguments } from '../arguments.js';
import { CliError, ExitCode, exitCodeOf } from '../cli_error.js';
import { type Environment, findDeviceId, trustedAuthorities } from '../environment.js';
import { deviceSecret } from '../secrets.js';
import { issuerFor, tokenKeys } from '../token_keys.js';
import { type Finding, failed, failedWith, ok, skipped } from './finding.js';

export interface KnownDevice {
  readonly deviceId: string;
  readonly deviceSecretKey: string;
}

const KEYS_FIX = 'set TIRTC_ACCESS_KEY_ID and TIRTC_SECRET_KEY_ID to the keys of an app, or use --config FILE';
const PROBE_COMMAND = 0x7ffe;
const SUBJECT = 'tirtc doctor';

/** Returns the device to start, if one is given. Throws a CliError if its id or secret key is missing. */
export function deviceOf({ device, config }: DoctorArguments, env: Environment): KnownDevice | undefined {
  if (device === undefined) return undefined;
  const deviceId = findDeviceId(device === true ? undefined : device, env);
  return { deviceId, deviceSecretKey: deviceSecret(deviceId, config, env) };
}

/** Checks the claims of a token. It is valid for one connection, so it is not used. `nowMs` counts from 1970. */
export function checkToken(text: string, deviceId: string | undefined, nowMs: number): Finding {
  try {
    const { claims, deviceId: target } = readConnectToken(text.trim());
    const until = new Date(claims.exp * 1000).toISOString();
    if (claims.exp * 1000 <= nowMs) {
      return failed(
        'token',
        ExitCode.Refused,
        `TIRTC_TOKEN expired at ${until}`,
        'issue a new one shortly before it is used',
      );
    }
    if (deviceId !== undefined && target !== deviceId) {
      const message = `TIRTC_TOKEN opens ${JSON.stringify(target)}, not ${JSON.stringify(deviceId)}`;
      return failed('token', ExitCode.Refused, message, 'issue a token for this device');
    }
    return ok(
      'token',
      `TIRTC_TOKEN opens ${JSON.stringify(target)} until ${until}, if its signature is valid (check it with tirtc token verify)`,
    );
  } catch (error) {
    if (error instanceof TokenError) return failedWith('token', ExitCode.Refused, error);
    throw error;
  }
}

/** Starts the device and, with the keys of an app, connects to it as a client. */
export async function* checkDevice(
  known: KnownDevice,
  endpoint: string,
  args: DoctorArguments,
  env: Environment,
): AsyncGenerator<Finding> {
  const timeoutMs = args.timeout * 1000;
  const device = new Device({ ...known, endpoint });
  device.on('connection', (connection) => connection.handle(PROBE_COMMAND, ({ data }) => data));
  try {
    await device.start({ timeoutMs });
    yield ok('device', `the service and ${JSON.stringify(known.deviceId)} accepted each other's proof`);
    yield await checkConnect(known, endpoint, args, env);
  } catch (error) {
    if (!(error instanceof TiRtcError)) throw error;
    const refused = exitCodeOf(error) === ExitCode.Refused;
    const hint = 'compare the device id and the secret key with those of the service; both must be exactly the same';
    yield refused
      ? failed('device', ExitCode.Refused, error.message, hint)
      : failedWith('device', exitCodeOf(error), error);
  } finally {
    await device.close();
  }
}

async function checkConnect(
  { deviceId, deviceSecretKey }: KnownDevice,
  endpoint: string,
  args: DoctorArguments,
  env: Environment,
): Promise<Finding> {
  const issuer = findIssuer(deviceId, { ...env, TIRTC_DEVICE_SECRET_KEY: deviceSecretKey }, args);
  if (issuer === undefined)
    return skipped('connect', 'no client was connected: there are no keys to issue a token with', KEYS_FIX);
  const token = issueConnectToken({ ...issuer, deviceSecretKey, remoteId: deviceId, subject: SUBJECT });
  try {
    const timeoutMs = args.timeout * 1000;
    await using connection = await new Client({
      endpoint,
      connectTimeoutMs: timeoutMs,
      ...trustedAuthorities(env),
    }).connect({
      remoteId: deviceId,
      token,
    });
    await connection.request(PROBE_COMMAND, 'doctor', { timeoutMs });
    return ok(
      'connect',
      `a client with a token of ${JSON.stringify(issuer.accessId)} connected to the device and received an answer`,
    );
  } catch (error) {
    if (!(error instanceof TiRtcError)) throw error;
    return failedWith('connect', exitCodeOf(error), error);
  }
}

function findIssuer(deviceId: string, env: Environment, args: DoctorArguments) {
  try {
    return issuerFor(tokenKeys(args, env), deviceId);
  } catch (error) {
    if (error instanceof CliError) return undefined;
    throw error;
  }
}
