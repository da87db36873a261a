/**
 * Given: a map that forgets. It holds two generations of entries, the young one and the one before it. `turn` drops the
 * old one whole, so forgetting costs nothing for single entries, and no list of who was there first is kept.
 *
 * With `most` it turns by itself: at least the last `most` entries are there, and never more than twice as many.
 */
export class Generations<V> {
  readonly #most: number;
  #young = new Map<string, V>();
  #old = new Map<string, V>();

  /** `Infinity`: turns only when it is told to. */
  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(key: string): V | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  has(key: string): boolean {
    return this.#young.has(key) || this.#old.has(key);
  }

  /** Whether it was set since the last turn. */
  hasYoung(key: string): boolean {
    return this.#young.has(key);
  }

  /** The entry is young from now on, also when it was there before. */
  set(key: string, value: V): void {
    if (this.#old.size > 0) this.#old.delete(key);
    this.#young.set(key, value);
    if (this.#young.size >= this.#most) this.turn();
  }

  delete(key: string): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  /** Forgets what was not set since the last turn. */
  turn(): void {
    this.#old = this.#young;
    this.#young = new Map();
  }
}
