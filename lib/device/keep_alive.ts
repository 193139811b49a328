/** Whether a device keeps the process alive: while it is at work and ref() was called. */
export class KeepAlive {
  readonly #apply: (hold: boolean) => void;
  #referenced = false;
  #active = false;

  /** `apply` is called with every change. */
  constructor(apply: (hold: boolean) => void) {
    this.#apply = apply;
  }

  setReferenced(referenced: boolean): void {
    if (this.#active && referenced !== this.#referenced) this.#apply(referenced);
    this.#referenced = referenced;
  }

  setActive(active: boolean): void {
    if (this.#referenced && active !== this.#active) this.#apply(active);
    this.#active = active;
  }
}
