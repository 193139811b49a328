import { Command, CommanderError, Option } from 'commander';
import type { ScenarioTime } from '../sim/index.js';
import { ExitCode } from './cli_error.js';
import {
  ALLOW_HOST,
  CONFIG,
  CORS,
  type CommonOptions,
  DEVICES,
  ENDPOINT,
  HOST,
  JSON_LINES,
  type ListenOptions,
  portOption,
  positiveNumber,
  type SecretOptions,
  TRUSTED_PROXY,
  wholeNumber,
} from './options.js';
import { addConnect, addDevice, type ConnectArguments, type DeviceArguments } from './peer_arguments.js';

export interface ServeArguments extends CommonOptions, ListenOptions {
  readonly demo?: boolean;
  readonly config?: string;
  readonly device?: string;
  /** `true`: its id is in the environment too. */
  readonly app?: string | true;
  readonly reusableTokens?: boolean;
  readonly tlsKey?: string;
  readonly tlsCert?: string;
  readonly ticketLifetime?: number;
  readonly routes?: string;
  readonly store?: string;
  readonly trustedProxy?: readonly string[];
}

export interface DoctorArguments extends CommonOptions {
  readonly endpoint?: string;
  /** `true`: its id is in the environment. */
  readonly device?: string | true;
  readonly config?: string;
  /** Seconds for each check. */
  readonly timeout: number;
}

export interface IssueArguments extends CommonOptions, SecretOptions {
  readonly remoteId: string;
  readonly subject: string;
  readonly ttl: number;
}

export interface VerifyArguments extends CommonOptions, SecretOptions {
  readonly remoteId?: string;
}

export interface TokenServeArguments extends CommonOptions, SecretOptions, ListenOptions {}

export interface RunArguments extends CommonOptions {
  readonly files: readonly string[];
  readonly seed?: string;
  readonly time?: ScenarioTime;
  readonly repeat: number;
  readonly junit?: string;
  readonly timeline?: boolean;
  readonly check?: boolean;
}

/** What the command line asks for. `print`: help, the version, or a mistake of the command line. */
export type Invocation =
  | { readonly command: 'serve'; readonly args: ServeArguments }
  | { readonly command: 'device'; readonly args: DeviceArguments }
  | { readonly command: 'connect'; readonly args: ConnectArguments }
  | { readonly command: 'run'; readonly args: RunArguments }
  | { readonly command: 'doctor'; readonly args: DoctorArguments }
  | { readonly command: 'token issue'; readonly args: IssueArguments }
  | { readonly command: 'token verify'; readonly args: VerifyArguments }
  | { readonly command: 'token serve'; readonly args: TokenServeArguments }
  | { readonly command: 'print'; readonly text: string; readonly exitCode: ExitCode };

type Found = (invocation: Invocation) => void;

export const DEFAULT_SERVICE_PORT = 8080;
const DEFAULT_TOKEN_PORT = 8966;

const SECRETS_HELP = `
Secrets are never arguments. They are read from the environment:
  TIRTC_ACCESS_KEY_ID      access id of the app
  TIRTC_SECRET_KEY_ID      secret key of the app
  TIRTC_DEVICE_SECRET_KEY  secret key of the device
or from a JSON file:
  --config FILE            {"devices": {"<device id>": "<secret>"}, "apps": {"<access id>": "<secret>"}}`;

const TOKEN_SECRETS_HELP = `${SECRETS_HELP}
  --devices FILE           {"<device id>": "<secret>"}`;

const TOKEN_SERVE_HELP = `Every program that can reach the port gets tokens: keep it on 127.0.0.1. Web pages of other
origins are refused, except those of --cors.`;

const DOCTOR_HELP = `
Checks Node, the addon and the loopback addresses. With an endpoint, checks that its name resolves, that something
listens there, and that it is a TiRTC service. With --device, checks that the service accepts the device's secret key
and, with the keys of an app, that a client can reach the device. The token in TIRTC_TOKEN is read, but not used.

--device takes the device online for a moment. A device that is online with the same id is replaced.

Secrets are never arguments and never shown. They are TIRTC_DEVICE_SECRET_KEY, TIRTC_ACCESS_KEY_ID and
TIRTC_SECRET_KEY_ID in the environment, or in the file of --config.

Exit codes: 0 nothing is wrong (there may be warnings), else the code of the first failure: 1 Node, addon or loopback,
2 command line or file, 3 device or token refused, 4 endpoint not reachable or not a TiRTC service.`;

/** Parses the arguments that follow the name of the program. Prints nothing and does not exit. */
export function parseArguments(args: readonly string[], version: string): Invocation {
  let text = '';
  let invocation: Invocation | undefined;
  const program = buildProgram(version, (found) => {
    invocation = found;
  });
  const collect = (more: string) => {
    text += more;
  };
  for (const command of allCommands(program)) {
    command.exitOverride().configureOutput({ writeOut: collect, writeErr: collect });
  }
  try {
    program.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { command: 'print', text: text.trimEnd(), exitCode: error.exitCode === 0 ? ExitCode.Ok : ExitCode.Usage };
  }
  return invocation ?? { command: 'print', text: program.helpInformation().trimEnd(), exitCode: ExitCode.Usage };
}

function allCommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(allCommands)];
}

function buildProgram(version: string, found: Found): Command {
  const program = new Command('tirtc')
    .description('An emulator of the TiRTC service, its devices, clients and tokens. Not made by the vendor.')
    .version(version)
    .showHelpAfterError('Run it with --help to see the options.');
  addServe(program, found);
  addDevice(program, (args) => found({ command: 'device', args }));
  addConnect(program, (args) => found({ command: 'connect', args }));
  addRun(program, found);
  addDoctor(program, found);
  const token = program.command('token').description('issue, verify or serve connect tokens');
  addIssue(token, found);
  addVerify(token, found);
  addTokenServe(token, found);
  return program;
}

function addServe(program: Command, found: Found): void {
  program
    .command('serve')
    .description('run a simulated service that devices register with and clients connect through')
    .addOption(portOption(DEFAULT_SERVICE_PORT))
    .addOption(HOST)
    .addOption(ALLOW_HOST)
    .addOption(CORS)
    .addOption(TRUSTED_PROXY)
    .option('--demo', 'create throw-away credentials, show them once and write them to a file')
    .addOption(CONFIG)
    .option('--device <id>', 'let this device start, with the secret key in the environment')
    .option('--app [id]', 'accept tokens of this access id, with the secret key in the environment')
    .option('--reusable-tokens', 'let a token open any number of connections until it expires')
    .option('--ticket-lifetime <seconds>', 'how long a client may reconnect without a token; default 3600', wholeNumber)
    .option('--tls-key <file>', 'serve https: the private key in PEM format; requires --tls-cert')
    .option('--tls-cert <file>', 'the certificate in PEM format, optionally followed by intermediate certificates')
    .option('--store <file>', 'keep used tokens, tickets and registered devices in this file, over restarts')
    .option('--routes <file>', 'JSON file with answers to the HTTP requests of programs')
    .addOption(JSON_LINES)
    .addHelpText('after', `${SECRETS_HELP}\n\nExample: tirtc serve --demo`)
    .action((args: ServeArguments) => found({ command: 'serve', args }));
}

function addRun(program: Command, found: Found): void {
  program
    .command('run')
    .description('run scenarios: services, devices, clients and your own programs, and the faults they meet')
    .argument('<files...>', 'scenario files, YAML or JSON')
    .option('--seed <seed>', "replaces the scenario's seed; with --repeat, the first seed")
    .addOption(new Option('--time <time>', "replaces the scenario's time").choices(['virtual', 'real']))
    .option('--repeat <times>', 'run each scenario this many times, each time with the next seed', wholeNumber, 1)
    .option('--junit <file>', 'write the results as JUnit XML')
    .option('--timeline', 'show everything that happened, even if the scenario passed')
    .option('--check', 'only check the files')
    .addOption(JSON_LINES)
    .addHelpText('after', '\ndocs/scenarios.md describes the scenario files. Exit code 6: an expectation failed.')
    .action((files: readonly string[], args: Omit<RunArguments, 'files'>) => {
      found({ command: 'run', args: { ...args, files } });
    });
}

function addDoctor(program: Command, found: Found): void {
  program
    .command('doctor')
    .description('check everything that a device or a client needs, and say what to fix')
    .addOption(ENDPOINT)
    .option('--device [id]', 'start this device; default: TIRTC_DEVICE_ID in the environment')
    .addOption(CONFIG)
    .option('--timeout <seconds>', 'how long each check may take', positiveNumber, 5)
    .addOption(JSON_LINES)
    .addHelpText('after', DOCTOR_HELP)
    .action((args: DoctorArguments) => found({ command: 'doctor', args }));
}

function addIssue(token: Command, found: Found): void {
  token
    .command('issue')
    .description('print a token that lets a client connect to one device')
    .requiredOption('--remote-id <id>', 'the device that the token opens')
    .option('--subject <text>', 'who the token is for', 'anonymous')
    .option('--ttl <seconds>', 'how long the token is valid, 1 to 86400', wholeNumber, 300)
    .addOption(CONFIG)
    .addOption(DEVICES)
    .option('--json', 'print token and payload as JSON')
    .addHelpText('after', TOKEN_SECRETS_HELP)
    .action((args: IssueArguments) => found({ command: 'token issue', args }));
}

function addVerify(token: Command, found: Found): void {
  token
    .command('verify')
    .description('verify the token on standard input, and say what is wrong with it')
    .option('--remote-id <id>', 'the device it must be for; default: any device whose secret is known')
    .addOption(CONFIG)
    .addOption(DEVICES)
    .option('--json', 'print the result as JSON')
    .addHelpText('after', `${TOKEN_SECRETS_HELP}\n\nExit code 3: the token is invalid.`)
    .action((args: VerifyArguments) => found({ command: 'token verify', args }));
}

function addTokenServe(token: Command, found: Found): void {
  token
    .command('serve')
    .description('issue tokens over HTTP: POST /v1/tokens {"remote_id", "subject"?, "ttl_seconds"?}')
    .addOption(portOption(DEFAULT_TOKEN_PORT))
    .addOption(HOST)
    .addOption(ALLOW_HOST)
    .addOption(CORS)
    .addOption(CONFIG)
    .addOption(DEVICES)
    .addOption(JSON_LINES)
    .addHelpText('after', `${TOKEN_SECRETS_HELP}\n\n${TOKEN_SERVE_HELP}`)
    .action((args: TokenServeArguments) => found({ command: 'token serve', args }));
}
