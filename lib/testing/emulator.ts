import { systemClock } from '../base/index.js';
import * as cast from '../cast/index.js';
import { invalidParameter, refuseUnknownKeys, suggest } from '../errors/index.js';
import { SimulatedService } from '../service/index.js';
import type { ConnectTokenOptions } from '../token/index.js';
import { TestClient, type TestProgram } from './client_and_program.js';
import { Expectations } from './expectations.js';
import type {
  Credentials,
  EmulatorOptions,
  TestClientOptions,
  TestDeviceOptions,
  TestProgramOptions,
} from './options.js';
import { checkOneOf, checkRun } from './options.js';

const DEFAULT_TIMEOUT_MS = 4000;
const ACCESS_ID = 'test-app';
/** The end of a timeline matters most to a reader. */
const MAX_SHOWN_ENTRIES = 200;

const PROGRAM_KEYS = ['deviceId', 'secret', 'connectsTo', 'env', 'folder', 'mayFail'];

/** A service, and devices, clients and programs around it, for one test. All of them end when it is closed. Its methods may be
 *  destructured: `({ device, client, expect }) => …`. */
export class Emulator implements AsyncDisposable {
  /** The service itself: its faults, its events, its log of requests. */
  readonly service: SimulatedService;
  /** Where it listens. */
  readonly endpoint: string;
  /** What a test waits for. */
  readonly expect: Expectations;
  readonly #cast: cast.Cast;
  readonly #timeoutMs: number;
  readonly #kinds = new Map<string, cast.ActorKind>([[cast.SERVICE, 'service']]);
  #closing: Promise<void> | undefined;

  /** Resolves when its service listens. */
  static async start(options: EmulatorOptions = {}): Promise<Emulator> {
    refuseUnknownKeys('emulated()', options, ['service', 'seed', 'timeoutMs']);
    const { seed = 1, service: spec = {} } = options;
    const apps = { [ACCESS_ID]: cast.makeCredential(seed, 'app') };
    const service = new SimulatedService({ ...spec, seed, apps, clock: systemClock });
    const { endpoint } = await service.listen();
    return new Emulator(service, endpoint, options);
  }

  private constructor(service: SimulatedService, endpoint: string, options: EmulatorOptions) {
    const { seed = 1, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
    this.service = service;
    this.endpoint = endpoint;
    this.#timeoutMs = timeoutMs;
    this.#cast = new cast.Cast({ clock: systemClock, seed, endpoint, folder: process.cwd(), accessId: ACCESS_ID });
    const { timeline } = this.#cast;
    cast.followService(service, timeline);
    timeline.add(cast.SERVICE, 'service', 'listening', { endpoint });
    this.#cast.onClose('service', () => service.close());
    this.expect = new Expectations({
      cast: this.#cast,
      kindOf: (name) => this.#kindOf(name),
      timeoutMs,
      timeline: () => this.timeline(),
    });
  }

  /** Aborted when it is closed or a program crashes. */
  get signal(): AbortSignal {
    return this.#cast.signal;
  }

  /** Make a simulated device that is online. Rejects with the TiRtcError of its start. */
  readonly device = async (deviceId: string, options: TestDeviceOptions = {}): Promise<cast.SimulatedDevice> => {
    const { streams = [], commands, secret, start = true, ...more } = options;
    const { clock, timeline, folder } = this.#cast;
    this.#add(deviceId, 'device');
    const sources = streams.map((one) => ('source' in one ? one : cast.openStream(one, folder, clock)));
    const device = cast.makeDevice({
      device: {
        ...more,
        ...this.credentials(deviceId, secret),
        streams: sources,
        ...(commands === undefined ? {} : { commands: commandRule(commands) }),
      },
      clock,
      timeline,
    });
    device.device.on('stopped', () => timeline.add(deviceId, 'device', 'stopped'));
    this.#cast.onClose('device', () => device.close());
    if (start) await device.start({ timeoutMs: this.#timeoutMs, signal: this.signal });
    return device;
  };

  /** Make a client that is connected to a device, with a token of its own. Rejects with the TiRtcError of the connect. */
  readonly client = async (deviceId: string, options: TestClientOptions = {}): Promise<TestClient> => {
    refuseUnknownKeys('client()', options, ['name', 'sdk', 'token', 'connect']);
    checkOneOf('sdk', options.sdk, ['typescript', 'native']);
    const { name = this.#freeName('client'), sdk = 'typescript', token, connect = true } = options;
    if (this.#cast.clients.has(name)) {
      throw invalidParameter(`there is already a client ${name}`, 'give each its own name');
    }
    this.#add(name, 'client');
    const actor = this.#cast.addClient({ name, deviceId, sdk, timeoutMs: this.#timeoutMs });
    const freshToken = () => this.token(deviceId, { subject: name, ...token });
    const client = new TestClient(name, actor, freshToken);
    if (connect) await client.connect();
    return client;
  };

  /** Start a program of yours as a child, with endpoint and credentials in its variables (docs/scenarios.md). Resolves when it
   *  is running; its lines and its exit are events. */
  readonly program = async (
    name: string,
    run: readonly [string, ...string[]],
    options: TestProgramOptions = {},
  ): Promise<TestProgram> => {
    refuseUnknownKeys('program()', options, PROGRAM_KEYS);
    checkRun(run);
    if (this.#cast.programs.get(name)?.isRunning) {
      throw invalidParameter(`a program ${name} is already running`, 'give each its own name');
    }
    const { folder = this.#cast.folder, mayFail = false, env } = options;
    this.#add(name, 'program');
    const program = this.#cast.addProgram({
      name,
      run,
      folder,
      mayFail,
      whyNot: 'its option mayFail is not set',
      fill: () => cast.startOf({ run, env }, process.env, this.#valuesFor(name, options)),
    });
    await program.start();
    return program;
  };

  /** Returns a token for a device as a backend would issue it. `changes` make it differ, as in `{ issuedAt: 0 }`. */
  readonly token = (deviceId: string, changes: Partial<ConnectTokenOptions> = {}): string => {
    this.credentials(deviceId);
    return this.#cast.issueToken(deviceId, 'tester', changes);
  };

  /** Returns what a device of yours needs to start. The service knows it from now on, unless its secret is `unknown`. */
  readonly credentials = (deviceId: string, secret: TestDeviceOptions['secret'] = 'right'): Credentials => {
    checkOneOf('secret', secret, ['right', 'wrong', 'unknown']);
    if (secret !== 'unknown') this.service.setDevice(deviceId, this.#cast.secretOf(deviceId));
    return { endpoint: this.endpoint, deviceId, deviceSecretKey: this.#cast.secretOf(deviceId, secret) };
  };

  /** Resolves with a TCP port of 127.0.0.1 that is free now. */
  readonly freePort = (): Promise<number> => cast.freePort();

  /** Returns the events of all actors and what the test waited for, a line each, without secrets. */
  readonly timeline = (): string => {
    const { entries, dropped } = this.#cast.timeline;
    const shown = entries.slice(-MAX_SHOWN_ENTRIES);
    return cast.timelineText({ timeline: shown, droppedEntries: dropped + entries.length - shown.length });
  };

  /** Reject every pending expectation with this reason. */
  end(reason: unknown): void {
    this.#cast.end(reason);
  }

  /** End all its actors: programs, clients, devices, the service. May be called any number of times. */
  close(): Promise<void> {
    this.end(new Error('the emulator was closed'));
    this.#closing ??= this.#cast.close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #add(name: string, kind: cast.ActorKind): void {
    this.signal.throwIfAborted();
    const other = this.#kinds.get(name);
    if (other !== undefined && other !== kind) {
      throw invalidParameter(`${JSON.stringify(name)} is already a ${other}`, 'use another name');
    }
    this.#kinds.set(name, kind);
  }

  #freeName(prefix: string): string {
    let number = this.#cast.clients.size + 1;
    while (this.#kinds.has(`${prefix}-${number}`)) number += 1;
    return `${prefix}-${number}`;
  }

  #kindOf(name: string): cast.ActorKind {
    const kind = this.#kinds.get(name);
    if (kind !== undefined) return kind;
    throw invalidParameter(`there is no actor ${JSON.stringify(name)}`, suggest(name, [...this.#kinds.keys()]));
  }

  #valuesFor(name: string, { deviceId, secret, connectsTo }: TestProgramOptions): Readonly<Record<string, string>> {
    if (deviceId !== undefined) this.credentials(deviceId, secret);
    if (connectsTo !== undefined) this.credentials(connectsTo);
    return this.#cast.valuesFor(name, { device: deviceId, secret, connectsTo });
  }
}

function commandRule(given: NonNullable<TestDeviceOptions['commands']>): cast.CommandRule {
  if (typeof given === 'function') return given;
  return 'commands' in given && given.commands instanceof Map
    ? (given as cast.CommandRule)
    : cast.readCommandTable(given);
}
