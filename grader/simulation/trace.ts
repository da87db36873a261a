/** What happened in a simulation: a hash to compare two runs, and the last lines to show a student. */

/** Lines kept for a failure's timeline. */
const KEPT = 20;

/** A record of events. Two runs that note the same things at the same times have the same `hash`. */
export class Trace {
  #hash = 0x811c9dc5;
  #count = 0;
  readonly #last: string[] = [];

  note(at: number, what: string): void {
    const line = `${at} ${what}`;
    // FNV-1a: one multiplication per character, and order matters, which is what is asked of it here.
    for (let i = 0; i < line.length; i++) this.#hash = Math.imul(this.#hash ^ line.charCodeAt(i), 0x01000193);
    this.#count++;
    this.#last.push(line);
    if (this.#last.length > KEPT) this.#last.shift();
  }

  /** Number of events and a 32-bit hash of all of them. */
  get hash(): string {
    return `${this.#count}:${(this.#hash >>> 0).toString(16).padStart(8, '0')}`;
  }

  /** The last events, oldest first. */
  get timeline(): readonly string[] {
    return [...this.#last];
  }
}
