import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type ServiceEvents, SimulatedService } from '../service/index.js';
import {
  isAnyAddress,
  isLoopback,
  type ReportedEventName,
  SERVICE_EVENT_NAMES,
  serviceEventText,
} from '../service/internal.js';
import type { ServeArguments } from './arguments.js';
import { CliError, ExitCode, usageError } from './cli_error.js';
import { type CliContext, untilStopped } from './context.js';
import { type Environment, requireVariable } from './environment.js';
import { addRoutes } from './route_file.js';
import { readConfig, type Secrets } from './secrets.js';
import { readTlsAgain, tlsOption } from './serve_tls.js';

const TRUST_HINT =
  'They must trust its certificate: set TIRTC_CA_FILE for C programs and tirtc, NODE_EXTRA_CA_CERTS for Node programs.';

/** `tirtc serve`: runs a service until the user stops it. */
export async function serve(args: ServeArguments, context: CliContext): Promise<ExitCode> {
  const demo = args.demo === true ? makeDemo() : undefined;
  const service = new SimulatedService({
    port: args.port,
    host: args.host,
    allowHosts: args.allowHost ?? [],
    cors: args.cors ?? [],
    trustedProxies: args.trustedProxy ?? [],
    tokenUse: args.reusableTokens === true ? 'until-expiry' : 'once',
    ...(args.ticketLifetime === undefined ? {} : { ticketLifetimeSeconds: args.ticketLifetime }),
    ...tlsOption(args),
    ...(args.store === undefined ? {} : { store: args.store }),
    ...collectSecrets(args, context.env, demo && demoSecrets(demo)),
  });
  if (args.routes !== undefined) addRoutes(service, args.routes);
  const stopListening = context.onHangUp(() => readTlsAgain(service, args, context));
  try {
    const { endpoint, port } = await service.listen();
    if (demo !== undefined) showDemo(demo, writeDemo(demo, endpoint, context.env), args, context);
    context.out(args.json === true ? JSON.stringify({ event: 'listening', endpoint, port }) : `endpoint=${endpoint}`);
    reportServiceEvents(service, args.json === true, context);
    if (args.json !== true) {
      context.err(`Set TIRTC_ENDPOINT=${endpoint} for programs that use it. Stop with Ctrl-C.`);
      if (args.tlsCert !== undefined) context.err(TRUST_HINT);
    }
    if (!isLoopback(args.host)) for (const line of networkWarning(args, endpoint)) context.err(line);
    await untilStopped(context.stop);
  } finally {
    await service.close();
    stopListening();
  }
  if (args.json !== true) context.err('Stopped.');
  return ExitCode.Ok;
}

/** Says what it means that the service listens at an address that is not of this machine alone. */
function networkWarning({ host, tlsCert }: ServeArguments, endpoint: string): readonly string[] {
  const url = new URL(endpoint);
  const elsewhere = isAnyAddress(host) ? '<address of this machine>' : url.hostname;
  return [
    `Warning: --host ${host} makes the service reachable from the network. Everyone who can reach port ${url.port} can ` +
      'try credentials, read /metrics and call routes; use --host 127.0.0.1 if only this machine needs it.',
    ...(tlsCert === undefined
      ? ['Without TLS, tokens, commands and media can be read on the way: use --tls-key and --tls-cert.']
      : []),
    `Programs on other machines use TIRTC_ENDPOINT=${url.protocol}//${elsewhere}:${url.port}`,
  ];
}

/** Reports the events of the service: as JSON lines, or as text. */
function reportServiceEvents(service: SimulatedService, json: boolean, context: CliContext): void {
  const report = <Name extends ReportedEventName>(name: Name) => {
    const listener = (event: Parameters<ServiceEvents[Name]>[0]) => {
      if (json) context.out(JSON.stringify({ event: name, ...event }));
      else context.err(serviceEventText(name, event));
    };
    service.on(name, listener as ServiceEvents[Name]);
  };
  for (const name of SERVICE_EVENT_NAMES) report(name);
}

/** Merges the secrets of all sources; later sources take precedence. */
function collectSecrets(args: ServeArguments, env: Environment, demo?: Secrets): Secrets {
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
  // A store may know devices and apps that were registered before.
  if (args.store === undefined && Object.keys(merged.devices).length + Object.keys(merged.apps).length === 0) {
    throw usageError(
      'a service without devices and apps would refuse everyone: use --demo, --config FILE, --device ID or --app ID',
    );
  }
  return merged;
}

function deviceSecret(env: Environment): string {
  return requireVariable(env, 'TIRTC_DEVICE_SECRET_KEY', 'the secret key of the device');
}

function appId(given: string | true, env: Environment): string {
  return given === true ? requireVariable(env, 'TIRTC_ACCESS_KEY_ID', 'the access id of the app') : given;
}

function appSecret(env: Environment): string {
  return requireVariable(env, 'TIRTC_SECRET_KEY_ID', 'the secret key of the app');
}

/** Throw-away credentials for one device and one app. */
interface Demo {
  readonly deviceId: string;
  readonly deviceSecretKey: string;
  readonly accessId: string;
  readonly secretKey: string;
}

function makeDemo(): Demo {
  const name = () => randomBytes(4).toString('hex');
  const secret = () => randomBytes(24).toString('base64url');
  return {
    deviceId: `demo-${name()}`,
    deviceSecretKey: secret(),
    accessId: `demo-app-${name()}`,
    secretKey: secret(),
  };
}

function demoSecrets(demo: Demo): Secrets {
  return { devices: { [demo.deviceId]: demo.deviceSecretKey }, apps: { [demo.accessId]: demo.secretKey } };
}

/** Writes the environment that programs and `tirtc token issue` read to a file with a fixed name; a newer demo replaces
 *  it. Returns the file. */
function writeDemo(demo: Demo, endpoint: string, env: Environment): string {
  const { HOME: home = homedir() } = env;
  const folder = join(home, '.tirtc-emulator');
  const file = join(folder, 'demo.env');
  const draft = join(folder, `demo.${randomBytes(4).toString('hex')}.env`);
  const variables = {
    TIRTC_ENDPOINT: endpoint,
    TIRTC_DEVICE_ID: demo.deviceId,
    TIRTC_DEVICE_SECRET_KEY: demo.deviceSecretKey,
    TIRTC_ACCESS_KEY_ID: demo.accessId,
    TIRTC_SECRET_KEY_ID: demo.secretKey,
  };
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}='${value}'\n`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(draft, lines.join(''), { mode: 0o600, flag: 'wx' });
    renameSync(draft, file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const help = 'set HOME to a folder that can be written, or use --config FILE instead of --demo';
    throw new CliError(ExitCode.Failed, `${file} cannot be written (${code}): ${help}`);
  }
  return file;
}

function showDemo(demo: Demo, file: string, args: ServeArguments, context: CliContext): void {
  if (args.json === true) {
    context.out(JSON.stringify({ event: 'credentials', file }));
    return;
  }
  context.err('Throw-away credentials, shown only once:');
  context.err(`  device id   ${demo.deviceId}\n  secret key  ${demo.deviceSecretKey}`);
  context.err(`  access id   ${demo.accessId}\n  secret key  ${demo.secretKey}`);
  context.err(`They are written to ${file}, which only you can read.`);
  context.err(`In another terminal:  . ${file}`);
}
