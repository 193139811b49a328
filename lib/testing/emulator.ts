import { setMaxListeners } from 'node:events';
import {
  type ActorKind,
  ClientActor,
  type CommandRule,
  followDevice,
  followService,
  freePort,
  makeCredential,
  openStream,
  ProgramActor,
  readCommandTable,
  realClock,
  SERVICE,
  SimulatedDevice,
  startOf,
  Timeline,
  timelineText,
} from '../cast/index.js';
import { invalidParameter, refuseUnknownKeys, suggest } from '../errors/index.js';
import { SimulatedService } from '../service/index.js';
import { type ConnectTokenOptions, issueConnectToken } from '../token/index.js';
import { checkOneOf, checkRun } from './checks.js';
import { TestClient } from './client.js';
import { Expectations } from './expectations.js';
import type { ClientOptions, Credentials, DeviceOptions, EmulatorOptions, ProgramOptions } from './options.js';
import { TestProgram } from './program.js';

const DEFAULT_WITHIN_MS = 4000;
const ACCESS_ID = 'test-app';
/** What a person reads is the end of a timeline. */
const MAX_SHOWN_ENTRIES = 200;

const PROGRAM_KEYS = ['deviceId', 'secret', 'connectsTo', 'env', 'folder', 'mayFail'];

type Ending = () => Promise<void>;

/** A service, and devices, clients and programs around it, for one test. Whatever it made ends when it is closed. Its methods
 *  may be taken apart: `({ device, client, expect }) => …`. */
export class Emulator implements AsyncDisposable {
  /** The real thing: its faults, its events, what it saw. */
  readonly service: SimulatedService;
  /** Where it listens. */
  readonly endpoint: string;
  /** What a test waits for. */
  readonly expect: Expectations;
  readonly #timeline = new Timeline(realClock);
  readonly #seed: number | string;
  readonly #withinMs: number;
  readonly #kinds = new Map<string, ActorKind>([[SERVICE, 'service']]);
  readonly #clients = new Map<string, ClientActor>();
  readonly #programs = new Map<string, ProgramActor>();
  /** Programs end first, the service last. */
  readonly #endings: Record<ActorKind, Ending[]> = { program: [], client: [], device: [], service: [] };
  readonly #end = new AbortController();
  #closing: Promise<void> | undefined;

  /** Resolves when its service listens. */
  static async start(options: EmulatorOptions = {}): Promise<Emulator> {
    refuseUnknownKeys('emulated()', options, ['service', 'seed', 'withinMs']);
    const { seed = 1, service: spec = {} } = options;
    const apps = { [ACCESS_ID]: makeCredential(seed, 'app') };
    const service = new SimulatedService({ ...spec, seed, apps, clock: realClock });
    const { endpoint } = await service.listen();
    return new Emulator(service, endpoint, options);
  }

  private constructor(service: SimulatedService, endpoint: string, options: EmulatorOptions) {
    const { seed = 1, withinMs = DEFAULT_WITHIN_MS } = options;
    this.service = service;
    this.endpoint = endpoint;
    this.#seed = seed;
    this.#withinMs = withinMs;
    setMaxListeners(0, this.signal); // everybody who waits listens
    this.#timeline.hide(makeCredential(seed, 'app'));
    followService(service, this.#timeline);
    this.#timeline.add(SERVICE, 'service', 'listening', { endpoint });
    this.#endings.service.push(() => service.close());
    const { signal } = this;
    const names = { members: (name: string) => [name] };
    this.expect = new Expectations({
      stage: {
        clock: realClock,
        timeline: this.#timeline,
        clients: this.#clients,
        signal,
        names,
        folder: process.cwd(),
      },
      programs: this.#programs,
      kindOf: (name) => this.#kindOf(name),
      withinMs,
      timeline: () => this.timeline(),
    });
  }

  /** Aborted when nothing more can come: it was closed, or a program broke down. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /** A simulated device that is online. Rejects with the TiRtcError of its start. */
  readonly device = async (deviceId: string, options: DeviceOptions = {}): Promise<SimulatedDevice> => {
    const { streams = [], commands, secret, start = true, ...more } = options;
    const sources = streams.map((one) => ('source' in one ? one : openStream(one, process.cwd(), realClock)));
    const device = new SimulatedDevice(
      {
        ...more,
        ...this.credentials(deviceId, secret),
        streams: sources,
        ...(commands === undefined ? {} : { commands: commandRule(commands) }),
      },
      realClock,
    );
    device.device.ref().on('stopped', () => this.#timeline.add(deviceId, 'device', 'stopped')); // a test waits for it
    this.#add(deviceId, 'device', () => device.close());
    followDevice(device, deviceId, this.#timeline);
    if (start) await device.start({ timeoutMs: this.#withinMs, signal: this.signal });
    return device;
  };

  /** A client that is connected to a device, with a token of its own. Rejects with the TiRtcError of the connect. */
  readonly client = async (deviceId: string, options: ClientOptions = {}): Promise<TestClient> => {
    refuseUnknownKeys('client()', options, ['name', 'sdk', 'token', 'connect']);
    checkOneOf('sdk', options.sdk, ['typescript', 'native']);
    const { name = this.#freeName('client'), sdk = 'typescript', token, connect = true } = options;
    if (this.#clients.has(name)) throw invalidParameter(`there is a client ${name} already`, 'give each its own name');
    const { endpoint } = this;
    const actor = new ClientActor({ name, deviceId, sdk, endpoint, clock: realClock, timeline: this.#timeline });
    this.#add(name, 'client', () => actor.close());
    this.#clients.set(name, actor);
    const client = new TestClient(name, actor, () => this.token(deviceId, { subject: name, ...token }), this.#withinMs);
    if (connect) await client.connect();
    return client;
  };

  /** A program of yours as a child, with endpoint and credentials in its variables (docs/scenarios.md). Resolves when it runs;
   *  its lines and its end are events. */
  readonly program = async (
    name: string,
    run: readonly [string, ...string[]],
    options: ProgramOptions = {},
  ): Promise<TestProgram> => {
    refuseUnknownKeys('program()', options, PROGRAM_KEYS);
    checkRun(run);
    if (this.#programs.get(name)?.isRunning) {
      throw invalidParameter(`a program ${name} runs already`, 'give each its own name');
    }
    const { folder = process.cwd(), mayFail = false, env = {} } = options;
    const actor = new ProgramActor({
      name,
      run,
      folder,
      mayFail,
      whyNot: 'its option mayFail is not set',
      clock: realClock,
      timeline: this.#timeline,
      crashed: (failure) => this.end(failure),
      fill: () => startOf({ run, env }, process.env, this.#valuesFor(name, options)),
    });
    this.#add(name, 'program', () => actor.stop());
    this.#programs.set(name, actor);
    await actor.start();
    return new TestProgram(name, actor);
  };

  /** A token for a device as a backend would issue it; `changes` make it another, such as `{ issuedAt: 0 }`. */
  readonly token = (deviceId: string, changes: Partial<ConnectTokenOptions> = {}): string => {
    const { deviceSecretKey } = this.credentials(deviceId);
    const accessId = ACCESS_ID;
    const keys = { accessId, secretKey: makeCredential(this.#seed, 'app'), remoteId: deviceId, deviceSecretKey };
    return issueConnectToken({ subject: 'tester', ...keys, ...changes });
  };

  /** What a device of yours needs to start. The service knows it from now on, unless its secret is to be `unknown`. */
  readonly credentials = (deviceId: string, secret: DeviceOptions['secret'] = 'right'): Credentials => {
    checkOneOf('secret', secret, ['right', 'wrong', 'unknown']);
    const right = makeCredential(this.#seed, `device ${deviceId}`);
    if (secret !== 'unknown') this.service.setDevice(deviceId, right);
    const deviceSecretKey = secret === 'wrong' ? makeCredential(this.#seed, `wrong ${deviceId}`) : right;
    this.#timeline.hide(deviceSecretKey);
    return { endpoint: this.endpoint, deviceId, deviceSecretKey };
  };

  /** A TCP port of 127.0.0.1 that nobody has now. */
  readonly freePort = (): Promise<number> => freePort();

  /** Everything that all actors told and what the test waited for, a line each, without secrets. */
  readonly timeline = (): string => {
    const { entries, dropped } = this.#timeline;
    const shown = entries.slice(-MAX_SHOWN_ENTRIES);
    return timelineText({ timeline: shown, droppedEntries: dropped + entries.length - shown.length });
  };

  /** Nothing more can come: whoever waits stops waiting, with this error. */
  end(reason: unknown): void {
    this.#end.abort(reason);
  }

  /** End all it made: programs, clients, devices, the service. May be called any number of times. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.end(new Error('the emulator was closed'));
    for (const endings of Object.values(this.#endings)) await Promise.all(endings.map((ending) => ending()));
  }

  #add(name: string, kind: ActorKind, ending: Ending): void {
    this.signal.throwIfAborted();
    const other = this.#kinds.get(name);
    if (other !== undefined && other !== kind) {
      throw invalidParameter(`${JSON.stringify(name)} is a ${other} already`, 'use another name');
    }
    this.#kinds.set(name, kind);
    this.#endings[kind].push(ending);
  }

  #freeName(prefix: string): string {
    let number = this.#clients.size + 1;
    while (this.#kinds.has(`${prefix}-${number}`)) number += 1;
    return `${prefix}-${number}`;
  }

  #kindOf(name: string): ActorKind {
    const kind = this.#kinds.get(name);
    if (kind !== undefined) return kind;
    throw invalidParameter(`there is no actor ${JSON.stringify(name)}`, suggest(name, [...this.#kinds.keys()]));
  }

  #valuesFor(name: string, { deviceId, secret, connectsTo }: ProgramOptions): Readonly<Record<string, string>> {
    return {
      endpoint: this.endpoint,
      accessId: ACCESS_ID,
      secretKey: makeCredential(this.#seed, 'app'),
      ...(deviceId === undefined ? {} : this.credentials(deviceId, secret)),
      ...(connectsTo === undefined ? {} : { remoteId: connectsTo, token: this.token(connectsTo, { subject: name }) }),
    };
  }
}

function commandRule(given: NonNullable<DeviceOptions['commands']>): CommandRule {
  if (typeof given === 'function') return given;
  return 'commands' in given && given.commands instanceof Map ? (given as CommandRule) : readCommandTable(given);
}
