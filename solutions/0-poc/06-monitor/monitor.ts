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
import { createServer, type RequestListener, type Server } from 'node:http';
import { type FileH, type Metric, openFile, realClock } from '../../kernel/index.ts';
import { BoundedQueue } from '../01-queue/queue.ts';
import { JsonlStore } from '../02-store/store.ts';
import { ingestHandler } from '../03-ingest/ingest.ts';
import { refuse, reply } from '../03-ingest/reply.ts';
import { queryHandler, scan } from '../04-query/query.ts';
import { type AlertEvent, AlertLoop } from '../05-alerts/alerts.ts';
import type { Config } from './config.ts';

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
  // Each step that starts something pushes the way to stop it. Reading this list backwards is the right order to
  // close in, after a full boot and after one that failed half-way.
  const undo: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.reverse()) await step();
  };

  try {
    const data = await openFile(config.dataFile);
    undo.push(() => data.close());
    const log = await openFile(config.alertLog);
    undo.push(() => log.close());

    // Consumers before producers: when the first request is accepted, somebody is there to write it.
    const queue = new MeasuredQueue<Metric>(config.queueCapacity);
    const store = new JsonlStore(data, queue, realClock, { batch: config.batch });
    await store.start();
    undo.push(() => store.stop());

    const alerts = new AlertLoop(valuesIn(config.dataFile), config.rules, realClock, logTo(log), {
      intervalMs: config.alertIntervalMs,
    });
    alerts.start();
    undo.push(() => alerts.stop());

    const health = (): Health => ({
      status: 'ok',
      queueDepth: queue.size,
      peakDepth: queue.peak,
      processed: store.stats.written,
      dropped: store.stats.dropped,
    });
    const server = createServer(route(config, queue, health));
    const drain = drainable(server, config.graceMs);
    const port = await listen(server, config.port);
    undo.push(drain);

    let closed: Promise<void> | undefined;
    return {
      port,
      close: () => {
        closed ??= stop();
        return closed;
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A queue that remembers how full it has been. Asking now and then would miss every burst between two looks. */
class MeasuredQueue<T> extends BoundedQueue<T> {
  #peak = 0;

  get peak(): number {
    return this.#peak;
  }

  override push(item: T): boolean {
    const accepted = super.push(item);
    this.#peak = Math.max(this.#peak, this.size);
    return accepted;
  }
}

/** One port for all: the path decides whose request it is. What nobody knows goes to ingest, which says 404. */
function route(config: Config, queue: BoundedQueue<Metric>, health: () => Health): RequestListener {
  const ingest = ingestHandler(queue, { maxBody: config.maxBody, clock: realClock });
  const query = queryHandler(config.dataFile);
  return (request, response) => {
    const [path] = (request.url ?? '').split('?');
    if (path === '/query' || path === '/percentile') return query(request, response);
    if (path !== '/health') return ingest(request, response);
    if (request.method === 'GET') return reply(response, 200, health());
    refuse(
      response,
      { status: 405, code: 'METHOD_NOT_ALLOWED', message: '/health answers GET only' },
      { allow: 'GET' },
    );
  };
}

/** How the alert loop asks the store: the same scan as GET /query, reduced to the values. */
function valuesIn(path: string) {
  return async (name: string, start: number, end: number): Promise<number[]> => {
    const values: number[] = [];
    for await (const { value } of scan(path, { name, start, end })) values.push(value);
    return values;
  };
}

/** Where the alert loop's events go: one JSON line each. */
function logTo(log: FileH) {
  return async (event: AlertEvent): Promise<void> => {
    await log.append([Buffer.from(`${JSON.stringify(event)}\n`)]);
  };
}

/** Resolves with the port that the server got. A server reports a taken port by an event, not by throwing. */
function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'another program listens there already' : error.message;
      reject(new Error(`port ${port} cannot be opened: ${why}`, { cause: error }));
    });
    server.listen(port, () => {
      const address = server.address();
      // A string would be a pipe's name, and null a server that does not listen: neither can be here.
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

/**
 * Prepares a server for being stopped, and returns the function that does so: no new connections, an answer for
 * every request that has begun to arrive, and after `graceMs` an end for those that still have not.
 */
function drainable(server: Server, graceMs: number): () => Promise<void> {
  let draining = false;
  // A kept-alive connection stays open after its answer, and close() would wait for it.
  server.on('request', (request, response) => {
    response.once('finish', () => {
      if (draining) request.socket.end();
    });
  });
  return () =>
    new Promise((resolve) => {
      draining = true;
      // A client that stopped in the middle of its body owes us the rest, and may owe it for ever.
      const impatience = setTimeout(() => server.closeAllConnections(), graceMs);
      // close() also ends the connections that carry no request now.
      server.close(() => {
        clearTimeout(impatience);
        resolve();
      });
    });
}
