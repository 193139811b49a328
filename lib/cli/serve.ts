import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SimulatedService } from '../service/index.js';
import type { ServeArguments } from './arguments.js';
import { CliError } from './cli_error.js';
import { type CliContext, untilStopped } from './context.js';
import { ExitCode } from './exit_code.js';
import { type Environment, neededVariable, readConfig, type Secrets } from './secrets.js';
import { reportEvents } from './service_news.js';

/** `tirtc serve`: a service until the person stops it. */
export async function serve(args: ServeArguments, context: CliContext): Promise<ExitCode> {
  const demo = args.demo === true ? makeDemo() : undefined;
  const service = new SimulatedService({
    port: args.port,
    host: args.host,
    tokenUse: args.reusableTokens === true ? 'until-expiry' : 'once',
    ...collectSecrets(args, context.env, demo?.secrets),
  });
  const { endpoint, port } = await service.listen();
  try {
    if (demo !== undefined) showDemo(demo, args, context);
    context.out(args.json === true ? JSON.stringify({ event: 'listening', endpoint, port }) : `endpoint=${endpoint}`);
    reportEvents(service, args.json === true, context);
    if (args.json !== true) {
      context.err(`Programs find it with TIRTC_ENDPOINT=${endpoint}. Stop it with Ctrl-C.`);
    }
    await untilStopped(context.stop);
  } finally {
    await service.close();
  }
  if (args.json !== true) context.err('Stopped.');
  return ExitCode.Ok;
}

/** Everything the arguments name, from all sources; later ones win. */
export function collectSecrets(args: ServeArguments, env: Environment, demo?: Secrets): Secrets {
  const config = args.config === undefined ? undefined : readConfig(args.config);
  const named: Secrets = {
    devices: args.device === undefined ? {} : { [args.device]: deviceSecret(env) },
    apps: args.app === undefined ? {} : { [appId(args.app, env)]: appSecret(env) },
  };
  const sources = [demo, config, named].filter((source) => source !== undefined);
  const merged: Secrets = {
    devices: Object.assign({}, ...sources.map(({ devices }) => devices)),
    apps: Object.assign({}, ...sources.map(({ apps }) => apps)),
  };
  if (Object.keys(merged.devices).length + Object.keys(merged.apps).length === 0) {
    throw new CliError(
      ExitCode.Usage,
      'a service that knows no device and no app would refuse everyone: use --demo, --config FILE, --device ID or --app ID',
    );
  }
  return merged;
}

function deviceSecret(env: Environment): string {
  return neededVariable(env, 'TIRTC_DEVICE_SECRET_KEY', 'the secret key of the device');
}

function appId(given: string | true, env: Environment): string {
  return given === true ? neededVariable(env, 'TIRTC_ACCESS_KEY_ID', 'the access id of the app') : given;
}

function appSecret(env: Environment): string {
  return neededVariable(env, 'TIRTC_SECRET_KEY_ID', 'the secret key of the app');
}

interface Demo {
  readonly file: string;
  readonly secrets: Secrets;
}

function makeDemo(): Demo {
  const name = () => randomBytes(4).toString('hex');
  const secret = () => randomBytes(24).toString('base64url');
  const secrets = { devices: { [`demo-${name()}`]: secret() }, apps: { [`demo-app-${name()}`]: secret() } };
  const file = join(mkdtempSync(join(tmpdir(), 'tirtc-demo-')), 'credentials.json');
  writeFileSync(file, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  return { file, secrets };
}

function showDemo({ file, secrets }: Demo, args: ServeArguments, context: CliContext): void {
  if (args.json === true) {
    context.out(JSON.stringify({ event: 'credentials', file }));
    return;
  }
  context.err('Throw-away credentials, shown this once:');
  for (const [id, secret] of Object.entries(secrets.devices)) {
    context.err(`  device id   ${id}\n  secret key  ${secret}`);
  }
  for (const [id, secret] of Object.entries(secrets.apps)) {
    context.err(`  access id   ${id}\n  secret key  ${secret}`);
  }
  context.err(`They are kept in ${file} (readable by you only); tirtc token issue --config reads it.`);
}
