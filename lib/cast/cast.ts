import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { type ConnectTokenOptions, issueConnectToken } from '../token/index.js';
import type { WallClock } from '../types/index.js';
import type { VirtualNetwork } from '../virtual_time/index.js';
import { ClientActor, type ClientActorOptions } from './client_actor.js';
import { ProgramActor, type ProgramActorOptions } from './program_actor.js';
import type { ProgramSpec } from './specs.js';
import { Timeline } from './timeline.js';
import { type ActorKind, ScenarioFailure } from './vocabulary.js';

export interface CastOptions {
  readonly clock: WallClock;
  /** The same seed gives the same credentials. */
  readonly seed: number | string;
  /** Where the service is or will be. */
  readonly endpoint: string;
  /** Where relative paths begin. */
  readonly folder: string;
  /** The app whose keys sign the tokens. */
  readonly accessId: string;
  /** Default TCP. */
  readonly network?: VirtualNetwork | undefined;
}

/** What a program is: a device when it has a `device`, a client when it `connectsTo` one. */
export type Identity = Pick<ProgramSpec, 'device' | 'secret' | 'connectsTo'>;

const CREDENTIAL_CHARACTERS = 32;
const NONCE_BYTES = 16;
/** When a program exits, its connections drop before its exit event arrives. */
const EXIT_GRACE_MS = 200;

/** Makes a secret for one run: the same seed and name give the same one. Only for a service that ends with the run. */
export function makeCredential(seed: number | string, name: string): string {
  const digest = createHash('sha256').update(`scenario ${seed} ${name}`).digest('base64url');
  return digest.slice(0, CREDENTIAL_CHARACTERS);
}

/** The actors around one service, their credentials and their timeline. */
export class Cast {
  readonly clock: WallClock;
  readonly endpoint: string;
  /** Where relative paths begin. */
  readonly folder: string;
  readonly timeline: Timeline;
  readonly clients = new Map<string, ClientActor>();
  readonly programs = new Map<string, ProgramActor>();
  readonly #options: CastOptions;
  readonly #appSecret: string;
  /** In the order in which kinds of actors end. */
  readonly #endings: Record<ActorKind, (() => Promise<void>)[]> = { program: [], client: [], device: [], service: [] };
  readonly #end = new AbortController();

  constructor(options: CastOptions) {
    this.#options = options;
    this.clock = options.clock;
    this.endpoint = options.endpoint;
    this.folder = options.folder;
    this.timeline = new Timeline(options.clock);
    this.#appSecret = this.credential('app');
    this.timeline.hide(this.#appSecret);
    setMaxListeners(0, this.signal); // each pending step of a thousand copies may listen
  }

  /** Aborted when the run is over or cannot continue. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /** The names of the actors that `name` stands for. */
  members(name: string): readonly string[] {
    return [name];
  }

  /** End the run: every pending wait rejects with this reason. */
  end(reason: unknown): void {
    this.#end.abort(reason);
  }

  /** End all actors: programs, clients, devices, the service. */
  async close(): Promise<void> {
    for (const endings of Object.values(this.#endings)) await Promise.all(endings.map((ending) => ending()));
  }

  /** Call `ending` in close(). */
  onClose(kind: ActorKind, ending: () => Promise<void>): void {
    this.#endings[kind].push(ending);
  }

  credential(name: string): string {
    return makeCredential(this.#options.seed, name);
  }

  /** Returns the secret key that a device uses. The timeline hides it and the right one. */
  secretOf(deviceId: string, secret: ProgramSpec['secret'] = 'right'): string {
    const right = this.credential(`device ${deviceId}`);
    const used = secret === 'wrong' ? this.credential(`wrong ${deviceId}`) : right;
    this.timeline.hide(right);
    this.timeline.hide(used);
    return used;
  }

  /** Returns a token as a backend would issue it. */
  issueToken(deviceId: string, subject: string, changes: Partial<ConnectTokenOptions> = {}): string {
    const { accessId, network } = this.#options;
    return issueConnectToken({
      accessId,
      secretKey: this.#appSecret,
      remoteId: deviceId,
      deviceSecretKey: this.credential(`device ${deviceId}`),
      subject,
      issuedAt: Math.floor(this.clock.wallMs() / 1000),
      ...(network === undefined ? {} : { nonce: network.randomBytes(NONCE_BYTES) }),
      ...changes,
    });
  }

  addClient(options: Pick<ClientActorOptions, 'name' | 'deviceId' | 'sdk' | 'timeoutMs'>): ClientActor {
    const { endpoint, clock, timeline } = this;
    const client = new ClientActor({ ...options, endpoint, clock, timeline, network: this.#options.network });
    this.clients.set(options.name, client);
    this.onClose('client', () => client.close());
    return client;
  }

  addProgram(options: Omit<ProgramActorOptions, 'clock' | 'timeline' | 'onCrash'>): ProgramActor {
    const { clock, timeline } = this;
    const program = new ProgramActor({ ...options, clock, timeline, onCrash: (failure) => this.end(failure) });
    this.programs.set(options.name, program);
    this.onClose('program', () => program.stop());
    return program;
  }

  /** Resolves with the error that explains a failure: the program whose exit caused it, when there is one. */
  async explain(error: unknown): Promise<unknown> {
    if (!(error instanceof ScenarioFailure) || this.signal.aborted) return error;
    const running = [...this.programs.values()].filter(({ isRunning }) => isRunning);
    if (running.length > 0) await this.#firstEnd(running);
    const { aborted, reason } = this.signal;
    if (aborted && reason instanceof ScenarioFailure) return reason;
    const gone = [...this.programs].flatMap(([name, { unexpectedEnd: end }]) => (end ? [`${name} ${end}`] : []));
    return gone.length === 0 ? error : new ScenarioFailure(`${error.message}. Before that, ${gone.join(' and ')}`);
  }

  /** Returns what a program may know, by the names that its arguments use. */
  valuesFor(name: string, { device, secret, connectsTo }: Identity): Readonly<Record<string, string>> {
    return {
      endpoint: this.endpoint,
      accessId: this.#options.accessId,
      secretKey: this.#appSecret,
      ...(device === undefined ? {} : { deviceId: device, deviceSecretKey: this.secretOf(device, secret) }),
      ...(connectsTo === undefined ? {} : { remoteId: connectsTo, token: this.issueToken(connectsTo, name) }),
    };
  }
  #firstEnd(programs: readonly ProgramActor[]): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.clock.startTimer(EXIT_GRACE_MS, resolve);
      void Promise.race(programs.map(({ ended }) => ended)).then(() => {
        timer.cancel();
        resolve();
      });
    });
  }
}
