import type { Fault, SimulatedServiceOptions } from '../../service/index.js';
import type { World } from './world.js';

/** Milliseconds, or text: "250ms", "5s", "2m", "1h". */
export type Duration = number | string;

/** `virtual`: nobody waits, and the same seed gives the same run. `real`: with sockets and the clock of the machine. */
export type ScenarioTime = 'virtual' | 'real';

/** What a scenario file holds; in TypeScript, an object. docs/scenarios.md explains each part. */
export interface Scenario {
  readonly $schema?: string;
  readonly name?: string;
  readonly description?: string;
  /** The same seed gives the same credentials, challenges and faults. Default 1. */
  readonly seed?: number | string;
  /** Default virtual when all that takes part is ours. */
  readonly time?: ScenarioTime;
  /** The whole run has ended by then. Default 60 s. */
  readonly timeout?: Duration;
  readonly service?: ServiceSpec;
  readonly devices?: Readonly<Record<string, DeviceSpec>>;
  readonly clients?: Readonly<Record<string, ClientSpec>>;
  readonly programs?: Readonly<Record<string, ProgramSpec>>;
  readonly steps: readonly Step[];
}

export type ServiceSpec = Omit<SimulatedServiceOptions, 'devices' | 'apps' | 'seed' | 'clock' | 'network' | 'tls'>;

export interface StreamSpec {
  readonly stream: number;
  /** A media file, beside the scenario; or `clock`, `tone`, `tone-pcm`. */
  readonly from: string;
  readonly loop?: boolean;
  readonly fps?: number;
}

/** A simulated device. Its name is its device id. */
export interface DeviceSpec {
  /** `wrong`: another than the service knows. `unknown`: the service does not know the device. */
  readonly secret?: 'right' | 'wrong' | 'unknown';
  readonly streams?: readonly StreamSpec[];
  /** As the file of `tirtc device --commands`. */
  readonly commands?: Readonly<Record<string, unknown>>;
  readonly maxConnections?: number;
  readonly maxSendBuffer?: number;
  /** So many of them: `name-1`, `name-2` and so on. */
  readonly copies?: number;
}

export interface ClientSpec {
  /** Whom it connects to: a device, or the device of a program. */
  readonly device: string;
  readonly sdk?: 'typescript' | 'native';
  readonly timeout?: Duration;
  readonly copies?: number;
}

/** A program of yours. */
export interface ProgramSpec {
  /** What is run and its arguments, in which `{{endpoint}}` and others stand for what they name. */
  readonly run: readonly string[];
  /** The id under which the service shall know it as a device. */
  readonly device?: string;
  readonly secret?: DeviceSpec['secret'];
  /** The device it gets a token for. */
  readonly connectsTo?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Values an event must have: equal, or of a text "/a regular expression/". */
export type Where = Readonly<Record<string, string | number | boolean>>;

export interface StartStep {
  readonly actor: string;
  readonly within?: Duration;
  /** The start must fail with this code. */
  readonly fails?: string;
  /** false: go on while it starts. */
  readonly wait?: boolean;
}

export interface TokenSpec {
  /** How long it is good. Default 300 s. */
  readonly ttl?: Duration;
  /** How long ago it was issued. */
  readonly age?: Duration;
  /** Another device than the client connects to. */
  readonly device?: string;
  /** `wrong`: signed with keys the service does not know. */
  readonly signature?: 'right' | 'wrong';
}

export interface ConnectStep {
  readonly client: string;
  readonly with?: 'token' | 'used-token' | 'ticket';
  readonly token?: TokenSpec;
  readonly within?: Duration;
  readonly fails?: string;
  /** Cancelled then, unless it has succeeded by then: both are well. */
  readonly cancelAfter?: Duration;
}

export interface StreamStep {
  readonly client: string;
  readonly video?: number;
  readonly audio?: number;
  readonly within?: Duration;
}

export interface ReceiveStep extends StreamStep {
  readonly frames?: number;
  readonly keyFrames?: number;
  /** `grow`: each is later than the one before. */
  readonly timestamps?: 'grow';
  /** Each is a frame of this media file, byte for byte. */
  readonly like?: string;
}

export interface RequestStep {
  readonly client: string;
  /** "0x4001" or a number. */
  readonly command: string | number;
  readonly text?: string;
  readonly expect?: string;
  readonly within?: Duration;
}

export interface ExpectStep {
  readonly actor: string;
  readonly event: string;
  readonly where?: Where;
  readonly count?: number;
  readonly within?: Duration;
}

export interface Actions {
  readonly start: string | readonly string[] | StartStep;
  readonly stop: string | readonly string[];
  readonly kill: string;
  readonly connect: string | ConnectStep;
  readonly disconnect: string | readonly string[];
  readonly subscribe: StreamStep & { readonly refused?: boolean };
  readonly unsubscribe: Omit<StreamStep, 'within'>;
  readonly keyFrame: StreamStep;
  readonly receive: ReceiveStep;
  readonly request: RequestStep;
  readonly expect: ExpectStep;
  readonly never: Omit<ExpectStep, 'count' | 'within'> & { readonly during: Duration };
  readonly wait: Duration;
  readonly moveDate: Duration;
  readonly fault: Fault & { readonly as?: string };
  readonly lift: string;
  readonly repeat: { readonly times: number; readonly steps: readonly Step[] };
  readonly parallel: readonly Step[];
}

export type ActionName = keyof Actions;

/** One action; in TypeScript also a function. */
export type Step =
  | { readonly [Name in ActionName]: { readonly [Key in Name]: Actions[Name] } }[ActionName]
  | ((world: World) => void | Promise<void>);
