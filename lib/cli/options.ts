import { InvalidArgumentError, Option } from 'commander';
import { readCommand, readHex } from '../sim/index.js';
import { MAX_STREAMS } from '../wire/index.js';

/** The options that several commands have. */
export interface CommonOptions {
  readonly json?: boolean;
}

export interface SecretOptions {
  readonly config?: string;
  readonly devices?: string;
}

export interface ListenOptions {
  readonly port: number;
  readonly host: string;
  readonly allowHost?: readonly string[];
  readonly cors?: readonly string[];
}

export const JSON_LINES = new Option('--json', 'print one JSON object per line');
export const CONFIG = new Option('--config <file>', 'JSON file with devices and apps');
export const DEVICES = new Option('--devices <file>', 'JSON file with devices only');
export const HOST = new Option('--host <address>', 'address to listen on').default('127.0.0.1');
export const ALLOW_HOST = new Option(
  '--allow-host <name>',
  'a name that HTTP requests may use for this server, besides its addresses and localhost; may be repeated',
).argParser(repeated);
export const CORS = new Option(
  '--cors <origin>',
  'let web pages of this origin send HTTP requests, as in http://localhost:5173; may be repeated',
).argParser(repeated);
export const TRUSTED_PROXY = new Option(
  '--trusted-proxy <address>',
  'IP address or range of a proxy that names the addresses of its clients, as in 10.0.0.0/8; may be repeated',
).argParser(repeated);
export const ENDPOINT = new Option(
  '--endpoint <url>',
  'URL of the service; default: TIRTC_ENDPOINT in the environment',
);

export function portOption(defaultPort: number): Option {
  return new Option('--port <port>', 'TCP port; 0 takes a free one').argParser(port).default(defaultPort);
}

/* Parsers of option values. Commander shows what they throw together with the name of the option. */

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Use a whole number.');
  return Number(text);
}

export function positiveNumber(text: string): number {
  const number = /^\d{1,9}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (number > 0) return number;
  throw new InvalidArgumentError('Use a number greater than 0.');
}

function port(text: string): number {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= 0 && number <= 65_535) return number;
  throw new InvalidArgumentError('Use a port number from 0 to 65535.');
}

/** Appends a value to those of the earlier options. */
function repeated(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

/** Appends a stream number to those of the earlier options. */
export function streams(text: string, before: readonly number[] = []): readonly number[] {
  return [...before, streamNumber(text)];
}

/** What a stream plays: a file, or the name of a generated source. */
export interface StreamArgument {
  readonly stream: number;
  readonly from: string;
}

export function streamSources(text: string, before: readonly StreamArgument[] = []): readonly StreamArgument[] {
  const [, number, from] = /^(\d+):(.+)$/.exec(text) ?? [];
  if (number === undefined || from === undefined) {
    throw new InvalidArgumentError('Use a stream number, a colon and a file, as in 0:clip.h264.');
  }
  return [...before, { stream: streamNumber(number), from }];
}

export function command(text: string): number {
  return orInvalidArgument(() => readCommand(text));
}

export function hex(text: string): Uint8Array {
  return orInvalidArgument(() => readHex(text));
}

function streamNumber(text: string): number {
  const stream = /^\d{1,2}$/.test(text) ? Number(text) : MAX_STREAMS;
  if (stream < MAX_STREAMS) return stream;
  throw new InvalidArgumentError(`Use a stream number from 0 to ${MAX_STREAMS - 1}.`);
}

function orInvalidArgument<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}
