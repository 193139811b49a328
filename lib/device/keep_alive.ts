import type { DeviceState } from './device_types.js';

const AT_WORK: readonly DeviceState[] = ['starting', 'started', 'offline', 'stopping'];

/** Whether a device keeps the process alive: while it is at work and ref() was called. */
export class KeepAlive {
  readonly #hold: () => () => void;
  #release: (() => void) | undefined;
  #referenced = false;
  #active = false;

  /** `hold` keeps the process alive until what it returns is called. */
  constructor(hold: () => () => void) {
    this.#hold = hold;
  }

  setReferenced(referenced: boolean): void {
    this.#referenced = referenced;
    this.#update();
  }

  setState(state: DeviceState): void {
    this.#active = AT_WORK.includes(state);
    this.#update();
  }

  #update(): void {
    if (this.#referenced && this.#active) {
      this.#release ??= this.#hold();
      return;
    }
    this.#release?.();
    this.#release = undefined;
  }
}
