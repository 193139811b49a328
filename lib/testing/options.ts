import type {
  ClientSpec,
  CommandRule,
  ProgramSpec,
  ServiceSpec,
  SimulatedDeviceOptions,
  SimulatedStream,
  StreamSpec,
} from '../cast/index.js';
import { jsonSchema, type Where } from '../cast/index.js';
import { inspectForError, invalidParameter, suggest } from '../errors/index.js';
import type { ConnectTokenOptions } from '../token/index.js';
import type { TestClient } from './client_and_program.js';

export interface EmulatorOptions {
  /** Options of the service. It takes a free port unless one is given. */
  readonly service?: ServiceSpec;
  /** The same seed gives the same credentials, challenges and faults. Default 1. */
  readonly seed?: number | string;
  /** How long starts, connects and expectations may take. Default 4000: less than the time that Vitest gives a test. */
  readonly timeoutMs?: number;
}

export interface TestDeviceOptions
  extends Omit<SimulatedDeviceOptions, 'deviceId' | 'deviceSecretKey' | 'endpoint' | 'streams' | 'commands'> {
  /** A source of your own, or `from`: a media file, or `clock`, `tone`, `tone-pcm`, which loop. */
  readonly streams?: readonly (SimulatedStream | StreamSpec)[];
  /** A table as in `{ '0x4001': 'echo' }`, or a function that answers. */
  readonly commands?: CommandRule | Readonly<Record<string, unknown>>;
  /** `wrong`: not the one that the service knows. `unknown`: the service does not know the device. */
  readonly secret?: ProgramSpec['secret'];
  /** false: the test starts it. Default true. */
  readonly start?: boolean;
}

export interface TestClientOptions {
  /** Its name in expectations and in the timeline. Default client-1 and so on. */
  readonly name?: string;
  /** Its implementation. Default typescript. */
  readonly sdk?: NonNullable<ClientSpec['sdk']>;
  /** How its tokens differ from good ones, as in `{ issuedAt: 0 }`. */
  readonly token?: Partial<ConnectTokenOptions>;
  /** false: the test connects it. Default true. */
  readonly connect?: boolean;
}

export interface TestProgramOptions {
  /** The device that it is: the service knows it, and the program has its id and secret key in its variables. */
  readonly deviceId?: string;
  readonly secret?: ProgramSpec['secret'];
  /** The device that it gets a token for. */
  readonly connectsTo?: string;
  /** More variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Its working directory. Default that of the test. */
  readonly folder?: string;
  /** It may exit with an error; otherwise that fails the test at once. Default false. */
  readonly mayFail?: boolean;
}

/** What a device needs to start. */
export interface Credentials {
  readonly endpoint: string;
  readonly deviceId: string;
  readonly deviceSecretKey: string;
}

/** These checks are for tests in JavaScript, where a misspelled option would make a test that cannot fail. */

export function checkDuration(name: string, given: unknown): void {
  if (given === undefined || (typeof given === 'number' && given >= 0)) return;
  if (typeof given === 'string' && new RegExp(jsonSchema.DURATION_PATTERN).test(given)) return;
  throw invalidParameter(`${name} is ${inspectForError(given)}`, 'use milliseconds, or text as in "250ms", "5s"');
}

export function checkOneOf(name: string, given: string | undefined, known: readonly string[]): void {
  if (given === undefined || known.includes(given)) return;
  throw invalidParameter(`${name} is ${inspectForError(given)}`, suggest(String(given), known));
}

/** Refuse details that the event does not have. */
export function checkWhere(event: string, where: Where = {}, fields: readonly string[] = []): void {
  const unknown = Object.keys(where).find((name) => !fields.includes(name));
  if (unknown === undefined) return;
  const help = fields.length === 0 ? 'it has no details' : suggest(unknown, fields);
  throw invalidParameter(`the event ${event} has no ${inspectForError(unknown)}`, help);
}

/** Returns the name of a client. */
export function checkClient(given: TestClient): string {
  if (typeof given?.name === 'string') return given.name;
  throw invalidParameter(`${inspectForError(given)} is not a client`, 'pass the result of client()');
}

export function checkRun(run: readonly string[]): void {
  if (Array.isArray(run) && run.length > 0 && run.every((part) => typeof part === 'string')) return;
  throw invalidParameter(
    `${inspectForError(run)} is not a program`,
    'pass an array of strings: the program and its arguments',
  );
}
