import type { SimulatedServiceOptions } from '../service/index.js';

/** Milliseconds, or text: "250ms", "5s", "2m", "1h". */
export type Duration = number | string;

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

/** The credential of a connect. */
export type CredentialKind = 'token' | 'used-token' | 'ticket';

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

export type NeverStep = Omit<ExpectStep, 'count' | 'within'> & { readonly during: Duration };
