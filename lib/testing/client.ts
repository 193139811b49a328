import type { ClientActor } from '../cast/index.js';
import type { Connection } from '../types/index.js';

export interface ConnectOptions {
  /** `ticket`: the one the device gave it before. `used-token`: its last token again. Default `token`, a fresh one. */
  readonly with?: 'token' | 'used-token' | 'ticket';
  /** This token instead of a fresh one. */
  readonly token?: string;
  /** Default that of the emulator. */
  readonly withinMs?: number;
}

/** A client of a test: one connection at a time, and the tickets of all it had. */
export class TestClient {
  readonly name: string;
  readonly #actor: ClientActor;
  readonly #freshToken: () => string;
  readonly #withinMs: number;

  /** Not called by tests: `emulator.client()` makes them. */
  constructor(name: string, actor: ClientActor, freshToken: () => string, withinMs: number) {
    this.name = name;
    this.#actor = actor;
    this.#freshToken = freshToken;
    this.#withinMs = withinMs;
  }

  /** The connection that is open. Throws when none is. */
  get connection(): Connection {
    return this.#actor.connection;
  }

  /** Connect, or connect again. Rejects with the TiRtcError of the failure. */
  connect({ with: credential, token, withinMs = this.#withinMs }: ConnectOptions = {}): Promise<void> {
    return this.#actor.connect(credential, token === undefined ? this.#freshToken : () => token, withinMs);
  }

  disconnect(): Promise<void> {
    return this.#actor.disconnect();
  }
}
