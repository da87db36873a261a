/**
 * The front door of the platform: whoever gets a 202 finds the metrics again, whatever happens to this process.
 *
 *   KeepAliveServer (1.9) ─ handler ─┬─ Clients        who may send now?              401  429  503
 *                                    ├─ memory         was this one stored already?   202, with the first answer
 *                                    ├─ countMetrics   is it good, all of it?         400  413
 *                                    └─ GroupCommitter (1.4)  record ─> file, synced ─> 202, or 503
 *
 * The whole contract is in README.md beside this file, under "What you build" and "Invariants".
 */
import type { Clock, Disk } from '../../kernel/index.ts';
// Given, from this folder and the exercises before: all of these will be of use.
//   import { posix } from 'node:path';
//   import type { HttpRequest } from '../01-http-parser/parser.ts';
//   import { FullError, GroupCommitter } from '../04-group-commit/committer.ts';
//   import { KeepAliveServer, type Reply } from '../09-keep-alive/server.ts';
//   import { countMetrics } from './body.ts';
//   import { Clients } from './clients.ts';
//   import { Counters } from './counters.ts';
//   import { Generations } from './generations.ts';
//   import { type Batch, encodeRecord, recover } from './record.ts';
//   import { accepted, type Headers, headersFor, json, type Refusal, refusalOf, refuse, text } from './replies.ts';

export interface IngestOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  /** The file's path on the disk. */
  readonly file: string;
  /** Requests that a client may send in any `windowMs`, 0 or more; 1,000 when absent. */
  readonly limit?: number;
  /** 1,000 when absent. */
  readonly windowMs?: number;
  /** Clients that may be known at a time; 10,000 when absent. */
  readonly maxClients?: number;
  /** Stored batches with a number that are remembered at least, and at most twice as many; 50,000 when absent. */
  readonly maxBatches?: number;
  /** Batches that may wait for the disk; 4,096 when absent. */
  readonly maxPending?: number;
  /** Bytes that one flush writes at most; 1 MiB when absent. */
  readonly maxBytes?: number;
  /** How long `close` waits for requests that have begun, in ms; 5,000 when absent. */
  readonly graceMs?: number;
}

export class IngestService {
  /** Makes the parts. Nothing is opened yet, and no timer runs. */
  constructor(options: IngestOptions) {
    // TODO(human): 4. Which path and method goes where, and what a good batch goes through until its 202.
    // Contract: invariants 3 to 7. (README: Task 4)
    // TODO(human): 5. A batch with a number that comes again is stored once: a Map of those in flight, and Generations
    // of those that are durable. Contract: invariant 8. (README: Task 5)
    throw new Error('TODO(human): answer what the clients ask');
  }

  /** Recovers what is in the file, then answers requests. Resolves with the port; rejects when either is impossible. */
  async listen(port: number): Promise<number> {
    // TODO(human): 4. Open, recover, cut, sync, and only then listen. Contract: invariant 9. (README: Task 4)
    throw new Error('TODO(human): recover the file and listen on the port');
  }

  /** Answers what has begun, at most for `graceMs`, then closes the file. A second call waits for the same end. */
  close(): Promise<void> {
    // TODO(human): 6. Stop in the order that keeps every promise. Contract: invariant 10. (README: Task 6)
    throw new Error('TODO(human): stop the server, the committer and the file');
  }
}
