import type { ClientActor, CredentialKind, ProgramActor } from '../cast/index.js';
import type { Connection } from '../types/index.js';

export interface TestConnectOptions {
  /** `ticket`: the one that the device issued before. `used-token`: its last token again. Default `token`, a fresh one. */
  readonly credential?: CredentialKind;
  /** Use this token instead of a fresh one. */
  readonly token?: string;
  /** Default that of the emulator. */
  readonly timeoutMs?: number;
}

/** A client of a test: one connection at a time, and the tickets of all its connections. */
export class TestClient {
  readonly name: string;
  readonly #actor: ClientActor;
  readonly #freshToken: () => string;
  readonly #timeoutMs: number;

  /** Made by `emulator.client()`. */
  constructor(name: string, actor: ClientActor, freshToken: () => string, timeoutMs: number) {
    this.name = name;
    this.#actor = actor;
    this.#freshToken = freshToken;
    this.#timeoutMs = timeoutMs;
  }

  /** The open connection. Throws when there is none. */
  get connection(): Connection {
    return this.#actor.connection;
  }

  /** Connect, or connect again. Rejects with the TiRtcError of the failure. */
  connect({ credential, token, timeoutMs = this.#timeoutMs }: TestConnectOptions = {}): Promise<void> {
    return this.#actor.connect(credential, token === undefined ? this.#freshToken : () => token, timeoutMs);
  }

  disconnect(): Promise<void> {
    return this.#actor.disconnect();
  }
}

/** A program of the user that a test started. It ends with the test. */
export class TestProgram {
  readonly name: string;
  readonly #actor: ProgramActor;

  /** Made by `emulator.program()`. */
  constructor(name: string, actor: ProgramActor) {
    this.name = name;
    this.#actor = actor;
  }

  get isRunning(): boolean {
    return this.#actor.isRunning;
  }

  /** Start it again after it ended. */
  start(): Promise<void> {
    return this.#actor.start();
  }

  /** Stop it and its children: SIGTERM, after 2 s SIGKILL. Resolves when all are gone. */
  stop(): Promise<void> {
    return this.#actor.stop();
  }

  /** Kill it and its children: SIGKILL. Resolves when all are gone. */
  kill(): Promise<void> {
    return this.#actor.kill();
  }
}
