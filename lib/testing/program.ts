import type { ProgramActor } from '../cast/index.js';

/** A program of yours that a test started. It ends with the test. */
export class TestProgram {
  readonly name: string;
  readonly #actor: ProgramActor;

  /** Not called by tests: `emulator.program()` makes them. */
  constructor(name: string, actor: ProgramActor) {
    this.name = name;
    this.#actor = actor;
  }

  get isRunning(): boolean {
    return this.#actor.isRunning;
  }

  /** Start it again, after it ended. */
  start(): Promise<void> {
    return this.#actor.start();
  }

  /** SIGTERM, after 2 s SIGKILL, for it and its children. Resolves when all are gone. */
  stop(): Promise<void> {
    return this.#actor.stop();
  }

  /** SIGKILL, for it and its children. Resolves when all are gone. */
  kill(): Promise<void> {
    return this.#actor.kill();
  }
}
