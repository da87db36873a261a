/**
 * The five parts of phase 0, wired into one running platform.
 *
 *                    ┌──────────────────────────── one HTTP server, one port ───────────────────────────┐
 *                    │  POST /metrics               GET /health        GET /query, GET /percentile      │
 *                    └───────┬────────────────────────────┬─────────────────────────┬───────────────────┘
 *                            │ push                       │ size, peak, stats       │ scan
 *                            ▼                            ▼                         │
 *    ingestHandler (0.3) ─> BoundedQueue (0.1) ─take─> JsonlStore (0.2) ─append─> dataFile
 *                                                                                   │ scan, every tick
 *                                                         alertLog <─emit─ AlertLoop (0.5)
 *
 *   boot():   open files ─> queue ─> store.start ─> alerts.start ─> listen       consumers before producers
 *   close():  stop listening, answer what is in flight ─> alerts.stop ─> store.stop ─> close files
 */
import type { Config } from './config.ts';
// Given, from the exercises before: all of these will be of use.
//   import { createServer, type RequestListener, type Server } from 'node:http';
//   import { type FileH, type Metric, openFile, realClock } from '../../kernel/index.ts';
//   import { BoundedQueue } from '../01-queue/queue.ts';
//   import { JsonlStore } from '../02-store/store.ts';
//   import { ingestHandler } from '../03-ingest/ingest.ts';
//   import { refuse, reply } from '../03-ingest/reply.ts';
//   import { queryHandler, scan } from '../04-query/query.ts';
//   import { AlertLoop } from '../05-alerts/alerts.ts';

/** A running platform. */
export interface Monitor {
  /** The port it really listens on: with `config.port` 0, the one that the system chose. */
  readonly port: number;
  /**
   * Stops it. When this has resolved, every request that was answered with 202 is in the data file, and nothing
   * is left behind: no open port, timer or file. Called again, it waits for the same end.
   */
  close(): Promise<void>;
}

/** What `GET /health` answers. */
export interface Health {
  readonly status: 'ok';
  /** Metrics that wait for the store now. */
  readonly queueDepth: number;
  /** The most that ever waited since boot: a burst that lasted a millisecond shows here, and only here. */
  readonly peakDepth: number;
  /** Metrics that are in the file, and metrics that were given up. */
  readonly processed: number;
  readonly dropped: number;
}

/**
 * Starts everything and resolves when requests are answered.
 *
 * When a part cannot start (a file that cannot be opened, a port that is taken), what was started before it is
 * stopped again, and the promise is rejected with an `Error` whose message is one line that names the file's
 * path or the port.
 */
export async function boot(config: Config): Promise<Monitor> {
  // TODO(human): 1. Open the files, make the parts, start them, listen last. (Lesson: Tasks 1 and 2)
  // TODO(human): 2. Return the real port, and a close() that stops in the opposite order. (Lesson: Tasks 3 and 4)
  throw new Error('TODO(human): wire the five parts together');
}
