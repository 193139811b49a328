import { Client } from '../client/index.js';
import { Device } from '../device/index.js';
import { ErrorCode, TiRtcError } from '../errors/index.js';
import type { Connection, ConnectTarget, Frame, WallClock } from '../types/index.js';
import type { VirtualNetwork } from '../virtual_time/index.js';
import { KEY_FRAME_FLAG, type MediaClass } from '../wire/index.js';
import { commandDetails, errorDetails } from './device_actor.js';
import { SimulatedClient } from './simulated_client.js';
import type { ClientSpec, CredentialKind } from './specs.js';
import type { Timeline } from './timeline.js';
import { CANCELLED, ScenarioFailure } from './vocabulary.js';

export interface ClientActorOptions {
  readonly name: string;
  /** The id of the device it connects to. */
  readonly deviceId: string;
  readonly sdk: NonNullable<ClientSpec['sdk']>;
  /** How long a connect may take. Default 10 s. */
  readonly timeoutMs?: number | undefined;
  readonly endpoint: string;
  readonly clock: WallClock;
  readonly timeline: Timeline;
  /** Default TCP. */
  readonly network?: VirtualNetwork | undefined;
}

export interface FrameCount {
  readonly frames: number;
  readonly keyFrames: number;
}

const DEFAULT_TIMEOUT_MS = 10_000;

type Connect = (target: Omit<ConnectTarget, 'remoteId'>) => Promise<Connection>;

/** A client: at most one connection at a time, and the tickets of all its connections. */
export class ClientActor {
  readonly #options: ClientActorOptions;
  readonly #counts = new Map<string, FrameCount>();
  readonly #watchers = new Set<() => void>();
  readonly #inspectors = new Set<(kind: MediaClass, frame: Frame) => void>();
  readonly #add: ReturnType<Timeline['adder']>;
  #connect: Connect | undefined;
  #native: Device | undefined;
  #simulated: SimulatedClient | undefined;
  #lastToken: string | undefined;

  constructor(options: ClientActorOptions) {
    this.#options = options;
    this.#add = options.timeline.adder(options.name, 'client');
  }

  get deviceId(): string {
    return this.#options.deviceId;
  }

  /** The open connection. Throws a ScenarioFailure when there is none. */
  get connection(): Connection {
    const connection = this.#simulated?.connection;
    if (connection?.state === 'open') return connection;
    const why = connection?.error === undefined ? 'connect it first' : `it ended: ${connection.error.message}`;
    throw new ScenarioFailure(`${this.#options.name} is not connected: ${why}`);
  }

  /** Rejects with the TiRtcError of the failure. */
  async connect(
    credential: CredentialKind | undefined,
    freshToken: () => string,
    timeoutMs = this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    cancelAfterMs?: number,
  ): Promise<void> {
    await this.disconnect();
    const token = this.#tokenFor(credential, freshToken);
    const target = { timeoutMs, ...(token === undefined ? {} : { token }) };
    try {
      this.#connect ??= await this.#makeConnect();
      const connect = this.#connect;
      const connection = await this.#cancelling(cancelAfterMs, (signal) => connect({ ...target, ...signal }));
      this.#simulated = this.#follow(connection);
      this.#add('connected', { with: credential ?? 'token' });
    } catch (error) {
      this.#add('connectFailed', errorDetails(error));
      throw error;
    }
  }

  async disconnect(): Promise<void> {
    const simulated = this.#simulated;
    this.#simulated = undefined;
    await simulated?.close();
  }

  async close(): Promise<void> {
    await this.disconnect();
    await this.#native?.close();
  }

  /** The frames of a stream since the client was made. */
  count(kind: MediaClass, stream: number): FrameCount {
    return this.#counts.get(`${kind} ${stream}`) ?? { frames: 0, keyFrames: 0 };
  }

  /** Call back after each frame and at the end of the connection. Returns a function that ends this. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  /** Call back with each frame, before the watchers. Returns a function that ends this. */
  inspect(inspector: (kind: MediaClass, frame: Frame) => void): () => void {
    this.#inspectors.add(inspector);
    return () => void this.#inspectors.delete(inspector);
  }

  noteSubscribed(kind: string, stream: number): void {
    this.#add('subscribed', { kind, stream });
  }

  #tokenFor(credential: CredentialKind | undefined, freshToken: () => string): string | undefined {
    if (credential === 'ticket') return undefined;
    if (credential !== 'used-token') this.#lastToken = freshToken();
    else if (this.#lastToken === undefined)
      throw new ScenarioFailure(`${this.#options.name} has not used a token yet: connect it with a token first`);
    return this.#lastToken;
  }

  async #makeConnect(): Promise<Connect> {
    const { sdk, endpoint, deviceId: remoteId, clock, network } = this.#options;
    if (sdk === 'typescript') {
      const client = new Client({ endpoint, clock }, network); // the same for all connects, because it keeps the tickets
      return (target) => client.connect({ remoteId, ...target });
    }
    const native = new Device({ endpoint }, clock, network && (() => network.world.loop));
    this.#native = native;
    await native.start();
    return (target) => native.connect({ remoteId, ...target });
  }

  async #cancelling<Value>(
    afterMs: number | undefined,
    call: (cancel: { readonly signal?: AbortSignal }) => Promise<Value>,
  ): Promise<Value> {
    if (afterMs === undefined) return await call({});
    const cancel = new AbortController();
    const timer = this.#options.clock.startTimer(afterMs, () => cancel.abort(cancelledError()));
    try {
      return await call({ signal: cancel.signal });
    } finally {
      timer.cancel();
    }
  }

  #follow(connection: Connection): SimulatedClient {
    const simulated = new SimulatedClient(connection, { clock: this.#options.clock });
    const first = new Set<string>();
    simulated.on('frame', (kind, frame) => this.#onFrame(kind, frame, first));
    simulated.on('error', (error) => this.#add('error', { message: errorDetails(error).message }));
    connection.on('command', (command) => {
      const { sequenceNumber } = command;
      if (command.isResponse) this.#add('strayAnswer', { ...commandDetails(command), sequenceNumber });
      else this.#add('command', commandDetails(command));
    });
    connection.once('closed', (error) => {
      this.#add('closed', error === undefined ? {} : errorDetails(error));
      for (const watcher of [...this.#watchers]) watcher();
    });
    return simulated;
  }

  #onFrame(kind: MediaClass, frame: Frame, first: Set<string>): void {
    const { stream, flags } = frame;
    for (const inspector of [...this.#inspectors]) inspector(kind, frame);
    const key = `${kind} ${stream}`;
    const isKeyFrame = (flags & KEY_FRAME_FLAG) !== 0;
    if (!first.has(key)) {
      first.add(key);
      this.#add('firstFrame', { kind, stream, keyFrame: isKeyFrame });
    }
    const { frames, keyFrames } = this.count(kind, stream);
    this.#counts.set(key, { frames: frames + 1, keyFrames: keyFrames + Number(isKeyFrame) });
    for (const watcher of [...this.#watchers]) watcher();
  }
}

function cancelledError(): TiRtcError {
  return new TiRtcError({ what: 'the connect was cancelled', number: ErrorCode.CONN_OTHER_ERROR, code: CANCELLED });
}
