import { InvalidArgumentError } from 'commander';
import { readCommand, readHex } from '../sim/index.js';
import { MAX_STREAMS } from '../wire/index.js';

/** Readers of the values of options. What they throw, commander shows with the name of the option. */

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Use a whole number.');
  return Number(text);
}

export function positiveNumber(text: string): number {
  const number = /^\d{1,9}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (number > 0) return number;
  throw new InvalidArgumentError('Use a number above 0.');
}

export function port(text: string): number {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= 0 && number <= 65_535) return number;
  throw new InvalidArgumentError('Use a port number from 0 to 65535.');
}

/** One more stream number behind those that came before. */
export function streams(text: string, before: readonly number[] = []): readonly number[] {
  return [...before, streamNumber(text)];
}

/** What a stream plays: a file, or the name of something generated. */
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
