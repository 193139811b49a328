import { setMaxListeners } from 'node:events';
import {
  ClientActor,
  DeviceActor,
  durationMs,
  freePort,
  makeCredential,
  openStream,
  ProgramActor,
  type ProgramSpec,
  type ScenarioFailure,
  ServiceActor,
  type SimulatedStream,
  startOf,
  Timeline,
} from '../cast/index.js';
import { MediaError } from '../media/index.js';
import type { InjectedFault } from '../service/index.js';
import { issueConnectToken } from '../token/index.js';
import type { VirtualNetwork } from '../virtual_time/index.js';
import { ActorNames } from './actor_names.js';
import { ScenarioError } from './problem.js';
import type { CheckedScenario } from './read.js';
import type { RunClock } from './run_clock.js';
import type { Scenario, TokenSpec } from './types.js';

export interface WorldOptions {
  readonly checked: CheckedScenario;
  readonly seed: number | string;
  /** Where relative paths begin. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: RunClock;
  /** Default TCP. */
  readonly network: VirtualNetwork | undefined;
  /** Where the service is or will be; default a free one. */
  readonly port: number | undefined;
  /** Programs of which some step waits for the end. */
  readonly mayFail: ReadonlySet<string>;
}

const ACCESS_ID = 'scenario-app';
const SECONDS = 1000;
const NONCE_BYTES = 16;

/** All actors of a run. Steps that are functions are given it. */
export class World {
  readonly clock: RunClock;
  readonly timeline: Timeline;
  /** Where relative paths begin. */
  readonly folder: string;
  readonly names: ActorNames;
  readonly service: ServiceActor;
  readonly devices = new Map<string, DeviceActor>();
  readonly clients = new Map<string, ClientActor>();
  readonly programs = new Map<string, ProgramActor>();
  /** Faults by the names that steps gave them. */
  readonly faults = new Map<string, InjectedFault>();
  readonly #scenario: Scenario;
  readonly #seed: number | string;
  readonly #secrets: ReadonlyMap<string, string>;
  readonly #appSecret: string;
  readonly #network: VirtualNetwork | undefined;
  readonly #stop = new AbortController();

  private constructor(options: WorldOptions, port: number) {
    const { checked, seed, clock, network } = options;
    setMaxListeners(0, this.#stop.signal); // every step of a thousand copies may listen
    this.#scenario = checked.scenario;
    this.#seed = seed;
    this.clock = clock;
    this.#network = network;
    this.folder = options.folder;
    this.timeline = new Timeline(clock);
    this.names = new ActorNames(checked.scenario);
    this.#secrets = this.#makeSecrets();
    this.#appSecret = this.#credential('app');
    this.service = new ServiceActor({
      spec: checked.scenario.service ?? {},
      port,
      seed,
      clock,
      devices: this.#knownDevices(),
      apps: { [ACCESS_ID]: this.#appSecret },
      timeline: this.timeline,
      network,
    });
    this.#makeDevices(options);
    this.#makeClients();
    this.#makePrograms(options);
  }

  /** Make the actors; none runs yet, but the port of the service is known. Throws a ScenarioError when a media file cannot be used. */
  static async create(options: WorldOptions): Promise<World> {
    const { host } = options.checked.scenario.service ?? {};
    return new World(options, options.port || (await freePort(host)));
  }

  get endpoint(): string {
    return this.service.endpoint;
  }

  /** Aborted when the run is over or cannot go on. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** End the run: whoever waits stops waiting. */
  end(reason: unknown): void {
    this.#stop.abort(reason);
  }

  /** A token for a device, as a backend would issue it. It does not appear in the timeline. */
  token(deviceId: string, subject: string, { ttl, age, device, signature }: TokenSpec = {}): string {
    const remoteId = device ?? deviceId;
    const options = {
      accessId: ACCESS_ID,
      secretKey: signature === 'wrong' ? this.#credential('another app') : this.#appSecret,
      remoteId,
      deviceSecretKey: this.#secrets.get(remoteId) ?? this.#credential(`device ${remoteId}`),
      subject,
      ...(ttl === undefined ? {} : { ttlSeconds: durationMs(ttl) / SECONDS }),
      ...(this.#network === undefined ? {} : { nonce: this.#network.randomBytes(NONCE_BYTES) }),
      issuedAt: Math.floor(this.clock.wallMs() / SECONDS) - Math.ceil(durationMs(age ?? 0) / SECONDS),
    };
    return issueConnectToken(options);
  }

  /** End everything, programs first. */
  async close(): Promise<void> {
    await Promise.all([...this.programs.values()].map((program) => program.stop()));
    await Promise.all([...this.clients.values()].map((client) => client.close()));
    await Promise.all([...this.devices.values()].map((device) => device.stop()));
    await this.service.stop();
  }

  #credential(name: string): string {
    return makeCredential(this.#seed, name);
  }

  #makeSecrets(): ReadonlyMap<string, string> {
    const { devices = {}, programs = {} } = this.#scenario;
    const ids = [
      ...Object.keys(devices).flatMap((name) => this.names.members(name)),
      ...Object.values(programs).flatMap(({ device }) => device ?? []),
    ];
    const secrets = new Map(ids.map((id) => [id, this.#credential(`device ${id}`)]));
    for (const secret of secrets.values()) this.timeline.hide(secret);
    return secrets;
  }

  #knownDevices(): Readonly<Record<string, string>> {
    const { devices = {}, programs = {} } = this.#scenario;
    const unknown = new Set([
      ...Object.entries(devices).flatMap(([name, { secret }]) =>
        secret === 'unknown' ? this.names.members(name) : [],
      ),
      ...Object.values(programs).flatMap(({ device, secret }) => (secret === 'unknown' && device ? [device] : [])),
    ]);
    return Object.fromEntries([...this.#secrets].filter(([id]) => !unknown.has(id)));
  }

  /** What an actor believes its secret to be. */
  #secretOf(id: string, secret: ProgramSpec['secret']): string {
    const believed = secret === 'wrong' ? this.#credential(`wrong ${id}`) : this.#secrets.get(id);
    const found = believed ?? this.#credential(`device ${id}`);
    this.timeline.hide(found);
    return found;
  }

  #makeDevices({ checked, folder }: WorldOptions): void {
    for (const [group, spec] of Object.entries(this.#scenario.devices ?? {})) {
      const streams = (spec.streams ?? []).map((stream, i): SimulatedStream => {
        try {
          return openStream(stream, folder, this.clock);
        } catch (error) {
          if (!(error instanceof MediaError)) throw error;
          throw new ScenarioError(`${checked.place(['devices', group, 'streams', i, 'from'])}: ${error.message}`);
        }
      });
      for (const name of this.names.members(group)) {
        const secretKey = this.#secretOf(name, spec.secret);
        const { clock, timeline, endpoint } = this;
        const network = this.#network;
        this.devices.set(name, new DeviceActor({ name, spec, secretKey, streams, endpoint, clock, timeline, network }));
      }
    }
  }

  #makeClients(): void {
    for (const [group, { device, sdk = 'typescript', timeout }] of Object.entries(this.#scenario.clients ?? {})) {
      const { clock, timeline, endpoint } = this;
      const settings = {
        sdk,
        timeoutMs: timeout === undefined ? undefined : durationMs(timeout),
        endpoint,
        clock,
        timeline,
        network: this.#network,
      };
      for (const [i, name] of this.names.members(group).entries()) {
        this.clients.set(name, new ClientActor({ ...settings, name, deviceId: this.names.deviceFor(device, i) }));
      }
    }
  }

  #makePrograms({ folder, env, mayFail }: WorldOptions): void {
    this.timeline.hide(this.#appSecret);
    for (const [name, spec] of Object.entries(this.#scenario.programs ?? {})) {
      const program = new ProgramActor({
        name,
        run: spec.run,
        folder,
        clock: this.clock,
        timeline: this.timeline,
        mayFail: mayFail.has(name),
        crashed: (failure: ScenarioFailure) => this.end(failure),
        fill: () => startOf(spec, env, this.#valuesFor(name, spec)),
      });
      this.programs.set(name, program);
    }
  }

  #valuesFor(name: string, { device, secret, connectsTo }: ProgramSpec): Readonly<Record<string, string>> {
    const remoteId = connectsTo === undefined ? undefined : this.names.deviceFor(connectsTo, 0);
    return {
      endpoint: this.endpoint,
      accessId: ACCESS_ID,
      secretKey: this.#appSecret,
      ...(device === undefined ? {} : { deviceId: device, deviceSecretKey: this.#secretOf(device, secret) }),
      ...(remoteId === undefined ? {} : { remoteId, token: this.token(remoteId, name) }),
    };
  }
}
