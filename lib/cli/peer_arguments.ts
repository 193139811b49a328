import { type Command, Option } from 'commander';
import {
  CONFIG,
  type CommonOptions,
  command,
  DEVICES,
  ENDPOINT,
  hex,
  JSON_LINES,
  positiveNumber,
  type SecretOptions,
  type StreamArgument,
  streamSources,
  streams,
  wholeNumber,
} from './options.js';

export interface DeviceArguments extends CommonOptions {
  readonly id?: string;
  readonly endpoint?: string;
  readonly config?: string;
  readonly video: readonly StreamArgument[];
  readonly audio: readonly StreamArgument[];
  readonly loop?: boolean;
  readonly fps?: number;
  readonly commands?: string;
  readonly record?: string;
}

export interface ConnectArguments extends CommonOptions, SecretOptions {
  readonly deviceId: string;
  readonly endpoint?: string;
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
}

const DEVICE_HELP = `
FILE is H.264 (.h264, Annex-B), MJPEG (.mjpeg), Opus in Ogg (.opus, .ogg), WAV (.wav: 8 or 16 kHz, 16 bits) or
A-law (.alaw, 8 kHz). Instead of a file it can be "clock", a picture of the time, or "tone" or "tone-pcm", 440 Hz.

The secret key is never an argument. It is TIRTC_DEVICE_SECRET_KEY in the environment, or in the file of --config.

--commands takes a JSON file, {"0x4001": "echo", "0x4002": {"json": {"ok": true}}, "0x4003": {"text": "hello"},
"0x4004": {"hex": "00ff"}, "other": "echo"}, or a script (.mjs, .js) whose default export is called with each command
and returns the answer.

Prints started=ID once the device is online, and runs until Ctrl-C.
Exit codes: 0 stopped, 1 failed, 2 wrong command line or file, 3 the service refused the device.`;

const CONNECT_HELP = `
The token is TIRTC_TOKEN in the environment, or standard input (--token-stdin). Without either, a token is issued with
TIRTC_ACCESS_KEY_ID, TIRTC_SECRET_KEY_ID and TIRTC_DEVICE_SECRET_KEY, or with the keys of --config.

The connection lasts until --duration has passed or --frames have arrived, else until Ctrl-C. With neither a stream nor
a duration it ends as soon as it is open and the command is answered.

Exit codes: 0 everything that was asked for arrived; 1 failed; 2 wrong command line or file; 3 token or subscription
refused; 4 service or device cannot be reached; 5 connected, but something that was asked for did not arrive.`;

export function addDevice(program: Command, found: (args: DeviceArguments) => void): void {
  program
    .command('device')
    .description('run a simulated device that plays media, answers commands and records what it receives')
    .option('--id <id>', 'id of the device; default: TIRTC_DEVICE_ID in the environment')
    .addOption(ENDPOINT)
    .addOption(CONFIG)
    .option('--video <stream:file>', 'video of a stream; may be repeated', streamSources)
    .option('--audio <stream:file>', 'audio of a stream; may be repeated', streamSources)
    .option('--loop', 'play files again from the start when they end')
    .option(
      '--fps <number>',
      'frames per second of files; default: the rate in the H.264 stream, else 25',
      positiveNumber,
    )
    .option('--commands <file>', 'how commands are answered')
    .option('--record <folder>', 'write the streams that peers send to files in this folder')
    .addOption(JSON_LINES)
    .addHelpText('after', DEVICE_HELP)
    .action((args: DeviceArguments) => found({ ...args, video: args.video ?? [], audio: args.audio ?? [] }));
}

export function addConnect(program: Command, found: (args: ConnectArguments) => void): void {
  program
    .command('connect')
    .description('connect to a device: watch streams, measure and record them, send a command')
    .argument('<device>', 'id of the device')
    .addOption(ENDPOINT)
    .addOption(CONFIG)
    .addOption(DEVICES)
    .option('--subject <text>', 'who the token is for, if it is issued here', 'anonymous')
    .option('--token-stdin', 'read the token from standard input')
    .option('--timeout <seconds>', 'how long the connect and each answer may take', positiveNumber, 10)
    .option('--video <stream>', 'subscribe to this video stream; may be repeated', streams)
    .option('--audio <stream>', 'subscribe to this audio stream; may be repeated', streams)
    .option('--key-frame', 'request a key frame on each video stream, and wait for it')
    .option('--command <command>', 'send a command, 0x4000 to 0x7fff, and print the answer', command)
    .option('--data <text>', 'data of the command')
    .addOption(new Option('--hex <bytes>', 'data of the command in hexadecimal').argParser(hex).conflicts('data'))
    .option('--out <folder>', 'write each stream to a file, with an index of its frames (CSV)')
    .option('--duration <seconds>', 'close the connection after this time', positiveNumber)
    .option('--frames <number>', 'close the connection when this many frames of each stream have arrived', wholeNumber)
    .addOption(JSON_LINES)
    .addHelpText('after', CONNECT_HELP)
    .action((deviceId: string, args: Omit<ConnectArguments, 'deviceId'>) =>
      found({ ...args, deviceId, video: args.video ?? [], audio: args.audio ?? [] }),
    );
}
