/** Counts by name. */
export class Counters {
  readonly #counts = new Map<string, number>();

  add(name: string, count = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }

  entries(): readonly (readonly [name: string, count: number])[] {
    return [...this.#counts];
  }
}
