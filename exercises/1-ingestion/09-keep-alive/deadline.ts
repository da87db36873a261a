/**
 * Given: one timer for a deadline that moves with every request, and is hardly ever reached.
 *
 * Moving a timer costs more than reading a clock. So to move the deadline is an assignment, and the timer, when it
 * fires, looks whether it is time, and otherwise sleeps for what is left. It is started anew only when the deadline has
 * come nearer than the moment it fires at.
 */
export class Deadline {
  readonly #expired: () => void;
  #timer: NodeJS.Timeout | undefined;
  #at = Number.POSITIVE_INFINITY;
  #firesAt = Number.POSITIVE_INFINITY;

  /** No deadline yet. `expired` is called when one has passed. */
  constructor(expired: () => void) {
    this.#expired = expired;
  }

  /** In `ms` from now, in place of the deadline before. */
  set(ms: number): void {
    const now = performance.now();
    this.#at = now + ms;
    if (this.#at < this.#firesAt) this.#sleep(now);
  }

  /** No deadline until the next `set`. */
  clear(): void {
    this.#at = Number.POSITIVE_INFINITY;
  }

  /** For good: nothing of it is left. */
  stop(): void {
    this.clear();
    clearTimeout(this.#timer);
  }

  #sleep(now: number): void {
    clearTimeout(this.#timer);
    this.#firesAt = this.#at;
    // Node fires timers of more than 2^31 ms at once.
    this.#timer = setTimeout(() => this.#wake(), Math.min(this.#at - now, 2_147_483_647));
  }

  #wake(): void {
    const now = performance.now();
    this.#firesAt = Number.POSITIVE_INFINITY;
    if (this.#at === Number.POSITIVE_INFINITY) return;
    if (now < this.#at) this.#sleep(now);
    // After a long pause of this process timers come first, and then what clients have sent meanwhile.
    else setImmediate(() => this.#expire());
  }

  #expire(): void {
    const now = performance.now();
    if (this.#at === Number.POSITIVE_INFINITY || this.#firesAt !== Number.POSITIVE_INFINITY) return;
    if (now < this.#at) {
      this.#sleep(now);
      return;
    }
    this.clear();
    this.#expired();
  }
}
