/** Opens all connections before the clock starts, some at a time: a server's queue of newcomers is short. */
import type { Connection } from './connection.ts';
import type { Driver } from './shared.ts';

const atOnce = 64;

export class Opener implements Driver {
  /** Resolves when each connection has opened or failed to. */
  readonly finished: Promise<void>;
  readonly #waiting: Connection[];
  #opening = 0;
  #resolve: () => void = () => {};

  constructor(connections: readonly Connection[]) {
    this.#waiting = connections.filter((connection) => !connection.isOpen);
    this.finished = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  start(): void {
    while (this.#opening < atOnce) {
      const connection = this.#waiting.pop();
      if (connection === undefined) break;
      this.#opening++;
      connection.open(performance.now());
    }
    if (this.#opening === 0) this.#resolve();
  }

  /** One that opened and was closed again at once is told twice, and counted once. */
  ready(connection: Connection): void {
    if (connection.isOpen) this.#next();
  }

  refused(): void {
    this.#next();
  }

  #next(): void {
    this.#opening--;
    this.start();
  }
}
