/** Held while anybody holds. */
export class Hold {
  readonly #apply: (held: boolean) => void;
  #holders = 0;

  /** `apply` is called with every change. What it throws when it cannot hold comes out of take(), and nobody holds. */
  constructor(apply: (held: boolean) => void) {
    this.#apply = apply;
  }

  /** Returns the way to let go, which does nothing when called again. */
  take(): () => void {
    let holds = true;
    if (this.#holders === 0) this.#apply(true);
    this.#holders += 1;
    return () => {
      if (!holds) return;
      holds = false;
      this.#holders -= 1;
      if (this.#holders === 0) this.#apply(false);
    };
  }
}
