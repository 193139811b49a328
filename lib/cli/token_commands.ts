import { issueConnectToken, readConnectToken, TokenError, verifyConnectToken } from '../token/index.js';
import { bareRemoteId } from '../wire/index.js';
import type { IssueArguments, VerifyArguments } from './arguments.js';
import { ExitCode } from './cli_error.js';
import type { CliContext } from './context.js';
import { issuerFor, tokenKeys, unknownDevice } from './token_keys.js';

/** `tirtc token issue`: prints only the token, so that a script can use it. */
export function issueToken(args: IssueArguments, context: CliContext): ExitCode {
  const { remoteId, subject, ttl, json } = args;
  const issuer = issuerFor(tokenKeys(args, context.env), bareRemoteId(remoteId));
  if (issuer === undefined) throw unknownDevice(remoteId);
  const token = issueConnectToken({ ...issuer, remoteId, subject, ttlSeconds: ttl });
  context.out(json === true ? JSON.stringify({ token, payload: readConnectToken(token).claims }) : token);
  return ExitCode.Ok;
}

/** `tirtc token verify`: reads the token from standard input, because every user of a machine can see command lines. */
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
