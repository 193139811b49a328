import { type Command, Option } from 'commander';
import {
  command,
  hex,
  positiveNumber,
  type StreamArgument,
  streamSources,
  streams,
  wholeNumber,
} from './argument_values.js';

export interface DeviceArguments {
  readonly id?: string;
  readonly endpoint?: string;
  readonly config?: string;
  readonly video: readonly StreamArgument[];
  readonly audio: readonly StreamArgument[];
  readonly loop?: boolean;
  readonly fps?: number;
  readonly commands?: string;
  readonly record?: string;
  readonly json?: boolean;
}

export interface ConnectArguments {
  readonly deviceId: string;
  readonly endpoint?: string;
  readonly config?: string;
  readonly devices?: string;
  readonly subject: string;
  readonly tokenStdin?: boolean;
  readonly timeout: number;
  readonly video: readonly number[];
  readonly audio: readonly number[];
  readonly keyFrame?: boolean;
  readonly command?: number;
  readonly data?: string;
  readonly hex?: Uint8Array;
  readonly out?: string;
  readonly duration?: number;
  readonly frames?: number;
  readonly json?: boolean;
}

const ENDPOINT_HELP = 'URL of the service; default: TIRTC_ENDPOINT of the environment';

const DEVICE_HELP = `
FILE is H.264 (.h264, Annex-B), MJPEG (.mjpeg), Opus in Ogg (.opus, .ogg), WAV (.wav: 8 or 16 kHz, 16 bits) or
A-law (.alaw, 8 kHz). Instead of a file: "clock", a picture of the time; "tone" or "tone-pcm", 440 Hz.

The secret key is never an argument. It is TIRTC_DEVICE_SECRET_KEY of the environment, or in the file of --config.

--commands takes a JSON file, {"0x4001": "echo", "0x4002": {"json": {"ok": true}}, "0x4003": {"text": "hello"},
"0x4004": {"hex": "00ff"}, "other": "echo"}, or a script (.mjs, .js) whose default export is called with each command
and returns the answer.

It prints started=ID once the device is online, and stays until Ctrl-C.
Exit codes: 0 stopped, 1 failed, 2 wrong command line or file, 3 the service refused the device.`;

const CONNECT_HELP = `
The token is TIRTC_TOKEN of the environment or standard input (--token-stdin). Without either it is issued here, with
TIRTC_ACCESS_KEY_ID, TIRTC_SECRET_KEY_ID and TIRTC_DEVICE_SECRET_KEY, or with the keys of --config.

It stays until --duration has passed or --frames have come, else until Ctrl-C; with neither a stream nor a duration it
hangs up once it is connected and the command is answered.

Exit codes: 0 all that was asked for came; 1 failed; 2 wrong command line or file; 3 token or subscription refused;
4 service or device cannot be reached; 5 connected, but not all that was asked for came.`;

export function addDevice(program: Command, found: (args: DeviceArguments) => void): void {
  program
    .command('device')
    .description('run a simulated device: it plays media, answers commands and records what it is told')
    .option('--id <id>', 'who the device is; default: TIRTC_DEVICE_ID of the environment')
    .option('--endpoint <url>', ENDPOINT_HELP)
    .option('--config <file>', 'JSON file with devices and apps')
    .option('--video <stream:file>', 'pictures of a stream; may be repeated', streamSources)
    .option('--audio <stream:file>', 'sound of a stream; may be repeated', streamSources)
    .option('--loop', 'begin files again at their end')
    .option('--fps <number>', 'pictures a second of files; default: what H.264 says of itself, else 25', positiveNumber)
    .option('--commands <file>', 'how commands are answered')
    .option('--record <folder>', 'write what peers send to files')
    .option('--json', 'print one JSON object a line')
    .addHelpText('after', DEVICE_HELP)
    .action((args: DeviceArguments) => found({ ...args, video: args.video ?? [], audio: args.audio ?? [] }));
}

export function addConnect(program: Command, found: (args: ConnectArguments) => void): void {
  program
    .command('connect')
    .description('connect to a device: watch streams, measure and record them, send a command')
    .argument('<device>', 'id of the device')
    .option('--endpoint <url>', ENDPOINT_HELP)
    .option('--config <file>', 'JSON file with devices and apps')
    .option('--devices <file>', 'JSON file with devices only')
    .option('--subject <text>', 'who a token that is issued here is for', 'anonymous')
    .option('--token-stdin', 'read the token from standard input')
    .option('--timeout <seconds>', 'how long the connect and each answer may take', positiveNumber, 10)
    .option('--video <stream>', 'subscribe to pictures; may be repeated', streams)
    .option('--audio <stream>', 'subscribe to sound; may be repeated', streams)
    .option('--key-frame', 'ask for a key frame on each video stream, and wait for it')
    .option('--command <command>', 'send a command, 0x4000 to 0x7fff, and print the answer', command)
    .option('--data <text>', 'data of the command')
    .addOption(new Option('--hex <bytes>', 'data of the command in hexadecimal').argParser(hex).conflicts('data'))
    .option('--out <folder>', 'write each stream to a file, with an index of its frames (CSV)')
    .option('--duration <seconds>', 'hang up after so long', positiveNumber)
    .option('--frames <number>', 'hang up when each stream has brought so many frames', wholeNumber)
    .option('--json', 'print one JSON object a line')
    .addHelpText('after', CONNECT_HELP)
    .action((deviceId: string, args: Omit<ConnectArguments, 'deviceId'>) =>
      found({ ...args, deviceId, video: args.video ?? [], audio: args.audio ?? [] }),
    );
}
