/** What all connections of one generator process share, and who tells them what to do. */
import type { Connection } from './connection.ts';
import type { HeadMemory } from './head.ts';
import type { Judge } from './judge.ts';
import type { Requests } from './request.ts';
import type { Tally } from './tally.ts';

/** Decides who sends when. */
export interface Driver {
  /** The connection got replies, opened, or was lost after it had opened: `room` says how much it can take. */
  ready(connection: Connection, now: number): void;
  /** Nobody let it in. */
  refused(connection: Connection, now: number): void;
}

/** What all connections of a process share. */
export interface Shared {
  readonly host: string;
  readonly port: number;
  readonly pipeline: number;
  readonly keepAlive: boolean;
  readonly bodiless: boolean;
  readonly timeoutMs: number;
  readonly requests: Requests;
  readonly judge: Judge;
  readonly memory: HeadMemory;
  /** Sockets read into this one: what is in it is dealt with before the next read. */
  readonly buffer: Buffer;
  tally: Tally;
  driver: Driver;
  /** Requests under way on all connections. */
  underWay: number;
}
