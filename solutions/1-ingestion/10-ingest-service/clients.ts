/**
 * Who may send now? A limit for each client (1.6), and a limit for the number of clients: each that is known costs
 * memory, and anybody can invent a million names.
 */
import type { Clock } from '../../kernel/index.ts';
import { SlidingWindow, SWEEP_AT_MOST } from '../06-rate-limit/window.ts';
import { Generations } from './generations.ts';

export interface ClientOptions {
  readonly clock: Clock;
  /** Requests that a client may send in any `windowMs`. */
  readonly limit: number;
  readonly windowMs: number;
  /** How many clients may be known at a time. */
  readonly maxClients: number;
}

/** `limited`: this client has sent too much. `crowded`: it is new, and there is no room for new ones. */
export type Verdict = 'welcome' | 'limited' | 'crowded';

export class Clients {
  readonly #clock: Clock;
  readonly #windowMs: number;
  readonly #maxClients: number;
  readonly #window: SlidingWindow;
  /** Everybody who is in the window, and perhaps some who are there no more: never fewer. */
  readonly #known = new Generations<true>(Number.POSITIVE_INFINITY);
  #turnedAt: number;

  constructor({ clock, limit, windowMs, maxClients }: ClientOptions) {
    this.#clock = clock;
    this.#windowMs = windowMs;
    this.#maxClients = maxClients;
    this.#window = new SlidingWindow(limit, windowMs, clock);
    this.#turnedAt = clock.now();
  }

  get size(): number {
    return this.#known.size;
  }

  /** Asks for one request of `client`. Who is not welcome leaves nothing behind. */
  admit(client: string): Verdict {
    this.#forget();
    const isYoung = this.#known.hasYoung(client);
    if (!isYoung && this.#known.size >= this.#maxClients && !this.#known.has(client)) return 'crowded';
    if (!this.#window.allow(client)) return 'limited';
    if (!isYoung) this.#known.set(client, true);
    return 'welcome';
  }

  /** Whole seconds, for the header of that name: rounded up, or the client would come too early. */
  retryAfter(client: string): number {
    const ms = this.#known.has(client) ? this.#window.retryAfterMs(client) : this.#windowMs;
    return Math.max(1, Math.ceil(ms / 1_000));
  }

  /**
   * Once in a window, whoever was silent since the last time is forgotten, here and in the window, where all their
   * times are too old by now. No timer: while nobody comes, nothing grows.
   */
  #forget(): void {
    const now = this.#clock.now();
    const elapsed = now - this.#turnedAt;
    if (elapsed >= 0 && elapsed < this.#windowMs) return;
    this.#turnedAt = now; // also when the clock was set back
    // One sweep looks at so many ids, and goes on where the last one stopped.
    for (let looked = 0; looked <= this.#known.size; looked += SWEEP_AT_MOST) this.#window.sweep();
    this.#known.turn();
  }
}
