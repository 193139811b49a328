import { TiRtcError } from '../errors/index.js';
import { issueConnectToken, readConnectToken, TokenError, verifyConnectToken } from '../token/index.js';
import { bareRemoteId } from '../wire/index.js';
import type { IssueArguments, VerifyArguments } from './arguments.js';
import { CliError } from './cli_error.js';
import type { CliContext } from './context.js';
import { ExitCode } from './exit_code.js';
import { issuerFor, tokenKeys } from './token_keys.js';

/** `tirtc token issue`: prints the token alone, so that a script can take it. */
export function issueToken(args: IssueArguments, context: CliContext): ExitCode {
  const { remoteId, subject, ttl, json } = args;
  const issuer = issuerFor(tokenKeys(args, context.env), bareRemoteId(remoteId));
  if (issuer === undefined) {
    throw new CliError(
      ExitCode.Usage,
      `the secret key of the device ${JSON.stringify(remoteId)} is in none of the files`,
    );
  }
  const token = usable(() => issueConnectToken({ ...issuer, remoteId, subject, ttlSeconds: ttl }));
  context.out(json === true ? JSON.stringify({ token, payload: readConnectToken(token).claims }) : token);
  return ExitCode.Ok;
}

/** `tirtc token verify`: the token comes on standard input, since a command line can be read by everyone. */
export async function verifyToken(args: VerifyArguments, context: CliContext): Promise<ExitCode> {
  const { apps, deviceSecret } = tokenKeys(args, context.env);
  const token = (await context.readInput()).trim();
  try {
    const target = args.remoteId ?? readConnectToken(token).deviceId;
    const { claims, deviceId } = verifyConnectToken(token, { apps, devices: deviceSecret, target });
    if (args.json === true) {
      context.out(JSON.stringify({ ok: true, deviceId, payload: claims }));
    } else {
      const until = new Date(claims.exp * 1000).toISOString();
      context.out(`ok: ${JSON.stringify(claims.sub)} may connect to ${JSON.stringify(deviceId)} until ${until}`);
    }
    return ExitCode.Ok;
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    if (args.json === true) context.out(JSON.stringify({ ok: false, code: error.code, message: error.message }));
    else context.err(error.message);
    return ExitCode.Refused;
  }
}

/** What the library says about an option, said as a mistake of the command line. */
function usable<T>(use: () => T): T {
  try {
    return use();
  } catch (error) {
    if (error instanceof TiRtcError) throw new CliError(ExitCode.Usage, error.message);
    throw error;
  }
}
