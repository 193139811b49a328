import type {
  ClientSpec,
  CommandRule,
  ProgramSpec,
  ServiceSpec,
  SimulatedDeviceOptions,
  SimulatedStream,
  StreamSpec,
} from '../cast/index.js';
import type { ConnectTokenOptions } from '../token/index.js';

export interface EmulatorOptions {
  /** Of the service. It takes a free port unless one is given. */
  readonly service?: ServiceSpec;
  /** The same seed gives the same credentials, challenges and faults. Default 1. */
  readonly seed?: number | string;
  /** How long starts, connects and expectations may take. Default 4000: less than the time that Vitest gives a test. */
  readonly withinMs?: number;
}

export interface DeviceOptions
  extends Omit<SimulatedDeviceOptions, 'deviceId' | 'deviceSecretKey' | 'endpoint' | 'streams' | 'commands'> {
  /** A source of your own, or `from`: a media file, or `clock`, `tone`, `tone-pcm`, which loop. */
  readonly streams?: readonly (SimulatedStream | StreamSpec)[];
  /** A table as in `{ '0x4001': 'echo' }`, or a function that answers. */
  readonly commands?: CommandRule | Readonly<Record<string, unknown>>;
  /** `wrong`: another than the service knows. `unknown`: the service does not know the device. */
  readonly secret?: ProgramSpec['secret'];
  /** false: it is made, and the test starts it. */
  readonly start?: boolean;
}

export interface ClientOptions {
  /** What expectations and the timeline call it. Default client-1 and so on. */
  readonly name?: string;
  /** What it is made of. Default typescript. */
  readonly sdk?: NonNullable<ClientSpec['sdk']>;
  /** How its tokens differ from good ones, as in `{ issuedAt: 0 }`. */
  readonly token?: Partial<ConnectTokenOptions>;
  /** false: it is made, and the test connects it. */
  readonly connect?: boolean;
}

export interface ProgramOptions {
  /** The device it is: the service knows it, and it finds id and secret key in its variables. */
  readonly deviceId?: string;
  readonly secret?: ProgramSpec['secret'];
  /** The device it gets a token for. */
  readonly connectsTo?: string;
  /** More variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the working directory. */
  readonly folder?: string;
  /** It may end with an error. Else that fails the test at once. */
  readonly mayFail?: boolean;
}

/** What a device needs to start. */
export interface Credentials {
  readonly endpoint: string;
  readonly deviceId: string;
  readonly deviceSecretKey: string;
}
