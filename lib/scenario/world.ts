import * as cast from '../cast/index.js';
import { MediaError } from '../media/index.js';
import type { InjectedFault } from '../service/index.js';
import type { Timer, WallClock } from '../types/index.js';
import type { VirtualNetwork } from '../virtual_time/index.js';
import { ActorNames } from './actor_names.js';
import type { Scenario, ScenarioWorld, TokenSpec } from './schema.js';
import { type CheckedScenario, ScenarioError } from './source.js';

/** A clock whose date can be moved. Its monotonic time, and so every timer, does not move with the date. */
export class MovableClock implements WallClock {
  readonly #clock: WallClock;
  #movedMs = 0;

  constructor(clock: WallClock) {
    this.#clock = clock;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  wallMs(): number {
    return this.#clock.wallMs() + this.#movedMs;
  }

  startTimer(delayMs: number, callback: () => void): Timer {
    return this.#clock.startTimer(delayMs, callback);
  }

  /** Move the wall clock by `byMs`; a negative value moves it back. */
  moveDate(byMs: number): void {
    this.#movedMs += byMs;
  }
}

export interface WorldOptions {
  readonly checked: CheckedScenario;
  readonly seed: number | string;
  /** Where relative paths begin. */
  readonly folder: string;
  /** The variables that programs inherit. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: MovableClock;
  /** Default TCP. */
  readonly network: VirtualNetwork | undefined;
  /** Where the service is or will be; default a free one. */
  readonly port: number | undefined;
  /** Programs whose exit some step waits for. */
  readonly mayFail: ReadonlySet<string>;
}

const ACCESS_ID = 'scenario-app';

/** All actors of a run. */
export class World extends cast.Cast implements ScenarioWorld {
  declare readonly clock: MovableClock;
  readonly names: ActorNames;
  readonly service: cast.ServiceActor;
  readonly devices = new Map<string, cast.DeviceActor>();
  /** Faults by the names that steps gave them. */
  readonly faults = new Map<string, InjectedFault>();
  readonly #scenario: Scenario;

  private constructor(options: WorldOptions, port: number) {
    const { checked, seed, clock, network, folder } = options;
    const { scenario } = checked;
    const { service: spec = {} } = scenario;
    super({ clock, seed, folder, network, endpoint: cast.endpointOf(spec, port), accessId: ACCESS_ID });
    const { endpoint, timeline } = this;
    this.#scenario = scenario;
    this.names = new ActorNames(scenario);
    const devices = this.#knownDevices();
    const apps = { [ACCESS_ID]: cast.makeCredential(seed, 'app') };
    const given = network === undefined ? spec : { ...spec, network };
    this.service = new cast.ServiceActor({ ...given, port, seed, clock, endpoint, devices, apps, timeline });
    this.onClose('service', () => this.service.stop());
    this.#addDevices(options);
    this.#addClients();
    this.#addPrograms(options);
  }

  /** Make the actors. None runs yet, but the port of the service is known. Throws a ScenarioError for a media file that cannot
   *  be used. */
  static async create(options: WorldOptions): Promise<World> {
    const { host } = options.checked.scenario.service ?? {};
    return new World(options, options.port || (await cast.freePort(host)));
  }

  override members(name: string): readonly string[] {
    return this.names.members(name);
  }

  /** Returns a token for a device, as a backend would issue it. It does not appear in the timeline. */
  token(deviceId: string, subject: string, { ttl, age, device, signature }: TokenSpec = {}): string {
    return this.issueToken(device ?? deviceId, subject, {
      ...(ttl === undefined ? {} : { ttlSeconds: cast.durationMs(ttl) / 1000 }),
      ...(signature === 'wrong' ? { secretKey: this.credential('another app') } : {}),
      issuedAt: Math.floor(this.clock.wallMs() / 1000) - Math.ceil(cast.durationMs(age ?? 0) / 1000),
    });
  }

  /** The devices that the service knows, with their secret keys. */
  #knownDevices(): Readonly<Record<string, string>> {
    const { devices = {}, programs = {} } = this.#scenario;
    const identities: readonly (readonly [string, cast.ProgramSpec['secret']])[] = [
      ...Object.entries(devices).flatMap(([group, { secret }]) =>
        this.members(group).map((id) => [id, secret] as const),
      ),
      ...Object.values(programs).flatMap(({ device, secret }) => (device ? [[device, secret] as const] : [])),
    ];
    const unknown = new Set(identities.flatMap(([id, secret]) => (secret === 'unknown' ? [id] : [])));
    return Object.fromEntries(
      identities.flatMap(([id]) => (unknown.has(id) ? [] : [[id, this.secretOf(id)] as const])),
    );
  }

  #addDevices({ checked, network }: WorldOptions): void {
    const { clock, timeline, endpoint } = this;
    for (const [group, spec] of Object.entries(this.#scenario.devices ?? {})) {
      const { secret, commands, maxConnections, maxSendBuffer } = spec;
      const streams = (spec.streams ?? []).map((stream, i) => {
        try {
          return cast.openStream(stream, this.folder, clock);
        } catch (error) {
          if (!(error instanceof MediaError)) throw error;
          throw new ScenarioError(`${checked.place(['devices', group, 'streams', i, 'from'])}: ${error.message}`);
        }
      });
      for (const deviceId of this.members(group)) {
        const device = {
          deviceId,
          deviceSecretKey: this.secretOf(deviceId, secret),
          endpoint,
          streams,
          ...(commands === undefined ? {} : { commands: cast.readCommandTable(commands) }),
          ...(maxConnections === undefined ? {} : { maxConnections }),
          ...(maxSendBuffer === undefined ? {} : { maxSendBufferBytes: maxSendBuffer }),
        };
        const actor = new cast.DeviceActor({ device, clock, timeline, network });
        this.devices.set(deviceId, actor);
        this.onClose('device', () => actor.stop());
      }
    }
  }

  #addClients(): void {
    for (const [group, { device, sdk = 'typescript', timeout }] of Object.entries(this.#scenario.clients ?? {})) {
      const timeoutMs = timeout === undefined ? undefined : cast.durationMs(timeout);
      for (const [i, name] of this.members(group).entries()) {
        this.addClient({ name, deviceId: this.names.deviceFor(device, i), sdk, timeoutMs });
      }
    }
  }

  #addPrograms({ env, mayFail }: WorldOptions): void {
    for (const [name, spec] of Object.entries(this.#scenario.programs ?? {})) {
      const connectsTo = spec.connectsTo === undefined ? undefined : this.names.deviceFor(spec.connectsTo, 0);
      this.addProgram({
        name,
        run: spec.run,
        folder: this.folder,
        mayFail: mayFail.has(name),
        fill: () => cast.startOf(spec, env, this.valuesFor(name, { ...spec, connectsTo })),
      });
    }
  }
}
