/**
 * The closed loop: each connection sends its next request when the last reply is whole.
 *
 * The window, of which the rate is taken, is the time in which every client was busy. It ends with `ms`, or when the
 * last of `requests` leaves: what happens afterwards is clients falling idle one by one, and a single request that
 * hangs would otherwise make a fast server look slow. Too few requests to keep all clients busy for even one round
 * are timed to the end of the last. Requests under way at the window's end are awaited and counted all the same.
 */
import type { Connection } from './connection.ts';
import { Loop, type Share } from './loop.ts';
import type { Shared } from './shared.ts';

/** A client whom nobody let in waits this long, doubling up to the most, so that a dead server does not spin. */
const firstPauseMs = 10;
const longestPauseMs = 160;

export class ClosedLoop extends Loop {
  readonly #requests: number;
  readonly #ms: number;
  readonly #refusals = new Map<Connection, number>();
  /** Connections that got replies since the last flush. */
  #waiting: Connection[] = [];
  #flushed: Connection[] = [];
  #left: number;
  #endsAt = Number.POSITIVE_INFINITY;
  readonly #flush = (): void => {
    const batch = this.#waiting;
    this.#waiting = this.#flushed;
    this.#flushed = batch;
    for (const connection of batch) this.#fill(connection);
    batch.length = 0;
  };

  constructor(connections: readonly Connection[], shared: Shared, share: Share, onWindowEnd: () => void) {
    super(connections, shared, onWindowEnd);
    this.#requests = share.requests;
    this.#ms = share.ms;
    this.#left = share.requests;
  }

  get planned(): number {
    return this.shared.tally.sent;
  }

  start(now: number): void {
    this.startedAt = now;
    this.#endsAt = now + this.#ms;
    if (this.#left === 0) this.#exhaust(now);
    else if (this.#ms !== Number.POSITIVE_INFINITY) this.#watchEnd(now);
    for (const connection of this.connections) this.#fill(connection);
  }

  /**
   * All sockets that have a reply are read before the next requests are written: a reply is timed when it came and
   * not when this process had written to everybody before it.
   */
  ready(connection: Connection, now: number): void {
    if (this.exhausted) {
      this.settle(now);
      return;
    }
    if (this.#waiting.length === 0) setImmediate(this.#flush);
    this.#waiting.push(connection);
  }

  refused(connection: Connection, now: number): void {
    if (this.exhausted) {
      this.settle(now);
      return;
    }
    const refusals = this.#refusals.get(connection) ?? 0;
    this.#refusals.set(connection, refusals + 1);
    this.after(Math.min(firstPauseMs * 2 ** refusals, longestPauseMs), () => this.#fill(connection));
  }

  #fill(connection: Connection): void {
    if (this.exhausted) return;
    const now = performance.now();
    if (now >= this.#endsAt) {
      this.#exhaust(this.#endsAt);
      return;
    }
    const room = connection.room;
    if (room === 1) this.#send(connection, now);
    else if (room > 1) {
      connection.hold();
      for (let i = 0; i < room && this.#left > 0; i++) this.#send(connection, now);
      connection.flush();
    }
  }

  #send(connection: Connection, now: number): void {
    connection.send(now, now);
    this.#left--;
    if (this.#left > 0) return;
    this.exhausted = true;
    if (this.#requests > 2 * this.connections.length * this.shared.pipeline) this.endWindow(now);
  }

  /** Also ends the window when no client is sending. A timer may be early. */
  #watchEnd(now: number): void {
    this.after(this.#endsAt - now, () => {
      const later = performance.now();
      if (later < this.#endsAt) this.#watchEnd(later);
      else this.#exhaust(this.#endsAt);
    });
  }

  /** No more are sent; `at` is when that was due, which may be a moment ago. */
  #exhaust(at: number): void {
    this.endWindow(at);
    this.exhausted = true;
    this.settle(Math.max(at, performance.now()));
  }
}
