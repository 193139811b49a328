import type {
  ClientSpec,
  CredentialKind,
  DeviceSpec,
  Duration,
  ExpectStep,
  NeverStep,
  ProgramSpec,
  ReceiveStep,
  RequestStep,
  ServiceSpec,
  StreamStep,
} from '../cast/index.js';
import type { Fault } from '../service/index.js';
import type { World } from './world.js';

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
  readonly with?: CredentialKind;
  readonly token?: TokenSpec;
  readonly within?: Duration;
  readonly fails?: string;
  /** Cancelled then, unless it has succeeded by then: both are well. */
  readonly cancelAfter?: Duration;
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
  readonly never: NeverStep;
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
