import { issueConnectToken } from '../token/index.js';
import { CliError } from './cli_error.js';
import type { CliContext } from './context.js';
import { ExitCode } from './exit_code.js';
import type { ConnectArguments } from './peer_arguments.js';
import { issuerFor, tokenKeys } from './token_keys.js';

const SHORT_LIFE_SECONDS = 60;

/** The token of a connect: from standard input, from the environment, or issued for this one use. */
export async function findToken(args: ConnectArguments, remoteId: string, context: CliContext): Promise<string> {
  if (args.tokenStdin === true) {
    const token = (await context.readInput()).trim();
    if (token === '') throw new CliError(ExitCode.Usage, 'there is no token on standard input');
    return token;
  }
  const given = context.env.TIRTC_TOKEN;
  if (given !== undefined && given !== '') return given.trim();
  return issue(args, remoteId, context);
}

function issue(args: ConnectArguments, remoteId: string, { env }: CliContext): string {
  const hasKeys = args.config !== undefined || args.devices !== undefined || env.TIRTC_ACCESS_KEY_ID;
  if (!hasKeys) {
    throw new CliError(
      ExitCode.Usage,
      'no token: set TIRTC_TOKEN, use --token-stdin, or give keys to issue one (--config FILE, or TIRTC_ACCESS_KEY_ID, TIRTC_SECRET_KEY_ID and TIRTC_DEVICE_SECRET_KEY)',
    );
  }
  const issuer = issuerFor(tokenKeys(args, env), remoteId);
  if (issuer === undefined) {
    const what = `the secret key of the device ${JSON.stringify(remoteId)} is in none of the files`;
    throw new CliError(ExitCode.Usage, `${what}, and TIRTC_DEVICE_SECRET_KEY is not set`);
  }
  return issueConnectToken({ ...issuer, remoteId, subject: args.subject, ttlSeconds: SHORT_LIFE_SECONDS });
}
