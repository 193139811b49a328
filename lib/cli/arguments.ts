import { Command, CommanderError, Option } from 'commander';
import type { ScenarioTime } from '../sim/index.js';
import { port, wholeNumber } from './argument_values.js';
import { addDoctor, type DoctorArguments } from './doctor/arguments.js';
import { ExitCode } from './exit_code.js';
import { addConnect, addDevice, type ConnectArguments, type DeviceArguments } from './peer_arguments.js';

export interface ServeArguments {
  readonly port: number;
  readonly host: string;
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
  readonly json?: boolean;
}

/** Where the secrets of the token commands come from, beside the environment. */
export interface SecretArguments {
  readonly config?: string;
  readonly devices?: string;
}

export interface IssueArguments extends SecretArguments {
  readonly remoteId: string;
  readonly subject: string;
  readonly ttl: number;
  readonly json?: boolean;
}

export interface VerifyArguments extends SecretArguments {
  readonly remoteId?: string;
  readonly json?: boolean;
}

export interface TokenServeArguments extends SecretArguments {
  readonly port: number;
  readonly host: string;
  readonly json?: boolean;
}

export interface RunArguments {
  readonly files: readonly string[];
  readonly seed?: string;
  readonly time?: ScenarioTime;
  readonly repeat: number;
  readonly junit?: string;
  readonly timeline?: boolean;
  readonly check?: boolean;
  readonly json?: boolean;
}

/** What the command line asks for. `print`: help, the version, or what is wrong with it. */
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

export const DEFAULT_SERVICE_PORT = 8080;
const DEFAULT_TOKEN_PORT = 8966;
const DEFAULT_HOST = '127.0.0.1';

const SECRETS_HELP = `
Secrets are never arguments. They come from the environment:
  TIRTC_ACCESS_KEY_ID      access id of the app
  TIRTC_SECRET_KEY_ID      secret key of the app
  TIRTC_DEVICE_SECRET_KEY  secret key of the device
or from a JSON file:
  --config FILE            {"devices": {"<device id>": "<secret>"}, "apps": {"<access id>": "<secret>"}}`;

const DEVICES_HELP = `
  --devices FILE           {"<device id>": "<secret>"}`;

/** Read the arguments that follow the name of the program. Pure: nothing is printed, nothing exits. */
export function parseArguments(args: readonly string[], version: string): Invocation {
  let text = '';
  let invocation: Invocation | undefined;
  const program = buildProgram(version, (found) => {
    invocation = found;
  });
  const output = { writeOut: (more: string) => collect(more), writeErr: (more: string) => collect(more) };
  const collect = (more: string) => {
    text += more;
  };
  for (const command of allCommands(program)) command.exitOverride().configureOutput(output);
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

function buildProgram(version: string, found: (invocation: Invocation) => void): Command {
  const program = new Command('tirtc')
    .description('An emulator of the TiRTC service, its devices, clients and tokens. Not made by the vendor.')
    .version(version)
    .showHelpAfterError('Run it with --help to see what is legal.');
  addServe(program, found);
  addDevice(program, (args) => found({ command: 'device', args }));
  addConnect(program, (args) => found({ command: 'connect', args }));
  addRun(program, found);
  addDoctor(program, (args) => found({ command: 'doctor', args }));
  const token = program.command('token').description('issue, verify or serve connect tokens');
  addIssue(token, found);
  addVerify(token, found);
  addTokenServe(token, found);
  return program;
}

function addServe(program: Command, found: (invocation: Invocation) => void): void {
  program
    .command('serve')
    .description('run a simulated service that devices start at and clients connect through')
    .option('--port <port>', 'TCP port; 0 takes a free one', port, DEFAULT_SERVICE_PORT)
    .option('--host <address>', 'address to listen at', DEFAULT_HOST)
    .option('--demo', 'make throw-away credentials, show them once and keep them in a file')
    .option('--config <file>', 'JSON file with devices and apps')
    .option('--device <id>', 'let this device start, with the secret key of the environment')
    .option('--app [id]', 'accept tokens of this access id, with the secret key of the environment')
    .option('--reusable-tokens', 'let a token open any number of connections until it expires')
    .option('--ticket-lifetime <seconds>', 'how long a client can come back without a token; default 3600', wholeNumber)
    .option('--tls-key <file>', 'serve https: the private key, in PEM; with --tls-cert')
    .option('--tls-cert <file>', 'its certificate, in PEM, maybe with intermediate ones behind it')
    .option('--routes <file>', 'JSON file with answers to the HTTP requests of programs')
    .option('--json', 'print one JSON object a line')
    .addHelpText('after', `${SECRETS_HELP}\n\nTry it: tirtc serve --demo`)
    .action((args: ServeArguments) => found({ command: 'serve', args }));
}

function addRun(program: Command, found: (invocation: Invocation) => void): void {
  program
    .command('run')
    .description('run scenarios: services, devices, clients and programs of yours, and what goes wrong with them')
    .argument('<files...>', 'scenario files, YAML or JSON')
    .option('--seed <seed>', "instead of the scenario's; with --repeat the first of as many")
    .addOption(new Option('--time <time>', "instead of the scenario's").choices(['virtual', 'real']))
    .option('--repeat <times>', 'run each scenario so often, each time with the next seed', wholeNumber, 1)
    .option('--junit <file>', 'write the results as JUnit XML')
    .option('--timeline', 'show everything that happened, also when all is well')
    .option('--check', 'only check the files')
    .option('--json', 'print one JSON object a line')
    .addHelpText('after', '\nWhat a scenario can say: docs/scenarios.md. Exit code 6: something was not as it says.')
    .action((files: readonly string[], args: Omit<RunArguments, 'files'>) => {
      found({ command: 'run', args: { ...args, files } });
    });
}

function addIssue(token: Command, found: (invocation: Invocation) => void): void {
  token
    .command('issue')
    .description('print a token that lets a client connect to one device')
    .requiredOption('--remote-id <id>', 'the device the token opens')
    .option('--subject <text>', 'who the token is for', 'anonymous')
    .option('--ttl <seconds>', 'how long it is good, 1 to 86400', wholeNumber, 300)
    .option('--config <file>', 'JSON file with devices and apps')
    .option('--devices <file>', 'JSON file with devices only')
    .option('--json', 'print token and payload as JSON')
    .addHelpText('after', SECRETS_HELP + DEVICES_HELP)
    .action((args: IssueArguments) => found({ command: 'token issue', args }));
}

function addVerify(token: Command, found: (invocation: Invocation) => void): void {
  token
    .command('verify')
    .description('verify the token on standard input, and say what is wrong with it')
    .option('--remote-id <id>', 'the device it must be for; default: any device whose secret is known')
    .option('--config <file>', 'JSON file with devices and apps')
    .option('--devices <file>', 'JSON file with devices only')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', `${SECRETS_HELP + DEVICES_HELP}\n\nExit code 3: the token does not hold.`)
    .action((args: VerifyArguments) => found({ command: 'token verify', args }));
}

function addTokenServe(token: Command, found: (invocation: Invocation) => void): void {
  token
    .command('serve')
    .description('issue tokens over HTTP: POST /v1/tokens {"remote_id", "subject"?, "ttl_seconds"?}')
    .option('--port <port>', 'TCP port; 0 takes a free one', port, DEFAULT_TOKEN_PORT)
    .option('--host <address>', 'address to listen at', DEFAULT_HOST)
    .option('--config <file>', 'JSON file with devices and apps')
    .option('--devices <file>', 'JSON file with devices only')
    .option('--json', 'print one JSON object a line')
    .addHelpText(
      'after',
      `${SECRETS_HELP + DEVICES_HELP}\n\nWhoever reaches the port gets tokens: keep it on 127.0.0.1.`,
    )
    .action((args: TokenServeArguments) => found({ command: 'token serve', args }));
}
