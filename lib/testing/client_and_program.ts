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

  /** Made by `emulator.client()`. */
  constructor(name: string, actor: ClientActor, freshToken: () => string) {
    this.name = name;
    this.#actor = actor;
    this.#freshToken = freshToken;
  }

  /** The open connection. Throws when there is none. */
  get connection(): Connection {
    return this.#actor.connection;
  }

  /** Connect, or connect again. Rejects with the TiRtcError of the failure. */
  connect({ credential, token, timeoutMs }: TestConnectOptions = {}): Promise<void> {
    return this.#actor.connect(credential, token === undefined ? this.#freshToken : () => token, timeoutMs);
  }

  disconnect(): Promise<void> {
    return this.#actor.disconnect();
  }
}

/** A program of the user that a test started. It ends with the test, and can be started again after it ended. */
export type TestProgram = Pick<ProgramActor, 'name' | 'isRunning' | 'start' | 'stop' | 'kill'>;
