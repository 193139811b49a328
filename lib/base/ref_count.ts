/** A reference-counted flag: on while at least one caller holds it. */
export class RefCount {
  readonly #apply: (isOn: boolean) => void;
  #count = 0;

  /** Calls `apply` with each change of the flag. If `apply(true)` throws, acquire() throws the same and the flag stays off. */
  constructor(apply: (isOn: boolean) => void) {
    this.#apply = apply;
  }

  /** Returns a release function; calling it again has no effect. */
  acquire(): () => void {
    let isHeld = true;
    if (this.#count === 0) this.#apply(true);
    this.#count += 1;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#count -= 1;
      if (this.#count === 0) this.#apply(false);
    };
  }
}
