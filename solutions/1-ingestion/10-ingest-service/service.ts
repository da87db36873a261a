/**
 * The front door of the platform: whoever gets a 202 finds the metrics again, whatever happens to this process.
 *
 *   KeepAliveServer (1.9) ─ handler ─┬─ Clients     who may send now?             401  429  503
 *                                    ├─ memory      was this one stored already?  202, with the first answer
 *                                    ├─ parse (1.5) is it good, all of it?        400  413
 *                                    └─ GroupCommitter (1.4)  record ─> file, synced ─> 202, or 503
 *
 * One rule holds it together: nothing is said before it is true. The 202, the counters and the memory of a batch all
 * hang on the promise of its commit.
 */
import { posix } from 'node:path';
import type { Clock, Disk, FileH } from '../../kernel/index.ts';
import type { HttpRequest } from '../01-http-parser/parser.ts';
import { FullError, GroupCommitter } from '../04-group-commit/committer.ts';
import { KeepAliveServer, type Reply } from '../09-keep-alive/server.ts';
import { countMetrics } from './body.ts';
import { Clients } from './clients.ts';
import { Counters } from './counters.ts';
import { Generations } from './generations.ts';
import { type Batch, encodeRecord, recover } from './record.ts';
import {
  accepted,
  type Headers,
  headersFor,
  json,
  type Refusal,
  refusalOf,
  refuse,
  text,
} from './replies.ts';

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

/** A batch with a number: how it is answered, also when it comes again. */
interface Stored {
  readonly count: number;
  /** Where its record stands, once it is durable. */
  readonly offset: Promise<number>;
}

const MAX_CLIENT_ID = 128;
/** Digits that are exact in a number. */
const SEQ = /^[0-9]{1,15}$/;

export class IngestService {
  readonly #options: Required<IngestOptions>;
  readonly #server: KeepAliveServer;
  readonly #clients: Clients;
  /** Numbered batches that are with the committer: their fate is not known yet. At most `maxPending`. */
  readonly #flying = new Map<string, Stored>();
  /** Numbered batches that are durable. */
  readonly #batches: Generations<Stored>;
  readonly #counters = new Counters();
  #file: FileH | undefined;
  #committer: GroupCommitter | undefined;
  /** What the disk said, if the last commit has failed. */
  #failure: unknown;
  #closed: Promise<void> | undefined;

  constructor(options: IngestOptions) {
    this.#options = { ...defaults, ...options };
    this.#clients = new Clients(this.#options);
    this.#batches = new Generations(this.#options.maxBatches);
    this.#server = new KeepAliveServer((request) => this.#handle(request), { refusal: refusalOf });
  }

  /** Recovers what is in the file, then answers requests. Resolves with the port; rejects when either is impossible. */
  async listen(port: number): Promise<number> {
    const { disk, file: path } = this.#options;
    const file = await disk.open(path);
    try {
      await this.#recover(file);
      this.#committer = new GroupCommitter(file, this.#options);
      const got = await this.#server.listen(port);
      this.#file = file;
      return got;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Answers what has begun, at most for `graceMs`, then closes the file. A second call waits for the same end. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await this.#server.close(this.#options.graceMs); // first: it still needs the committer
    await this.#committer?.close();
    await this.#file?.close();
  }

  async #recover(file: FileH): Promise<void> {
    const { disk, file: path } = this.#options;
    const end = await recover(file, ({ client, seq, count }, position) => {
      if (seq !== undefined)
        this.#batches.set(keyOf(client, seq), { count, offset: Promise.resolve(position) });
    });
    // Half a record in the middle of the file would hide all that follow it.
    if (end < (await file.size())) await file.truncate(end);
    // What was found may be in the system's memory only, if the last process died before its sync and the machine did
    // not. From now on it counts as stored, so it must be. The same for the file's name, which its folder keeps.
    await file.sync();
    await disk.syncDir(posix.dirname(path));
  }

  #handle(request: HttpRequest): Reply | Promise<Reply> {
    const { method, target } = request;
    const headers = headersFor(request);
    const query = target.indexOf('?');
    const path = query === -1 ? target : target.slice(0, query);
    if (path === '/metrics' && method === 'POST') return this.#post(request, headers);
    if (path !== '/metrics' && path !== '/health')
      return refuse({ status: 404, code: 'NOT_FOUND', message: 'try POST /metrics' }, headers);
    if (method === 'GET' || method === 'HEAD')
      return path === '/health' ? this.#health(headers) : text(this.#report(), headers);
    const allow = path === '/health' ? 'GET, HEAD' : 'GET, HEAD, POST';
    const message = `${path} knows ${allow}`;
    return refuse({ status: 405, code: 'METHOD_NOT_ALLOWED', message }, { ...headers, Allow: allow });
  }

  /** The cheapest question first: who is refused should cost less than who is served. */
  #post(request: HttpRequest, headers: Headers): Reply | Promise<Reply> {
    const client = request.headers.get('authorization') ?? '';
    if (client.length === 0 || client.length > MAX_CLIENT_ID) return this.#refuse(noClient, headers);
    const verdict = this.#clients.admit(client);
    if (verdict !== 'welcome') {
      const problem = verdict === 'limited' ? rateLimited : crowded;
      return this.#refuse(problem, headers, this.#clients.retryAfter(client));
    }
    const text = request.headers.get('x-batch-seq');
    if (text !== undefined && !SEQ.test(text)) return this.#refuse(badSeq, headers);
    const seq = text === undefined ? undefined : Number(text);
    const key = seq === undefined ? undefined : keyOf(client, seq);
    const earlier = key === undefined ? undefined : (this.#flying.get(key) ?? this.#batches.get(key));
    if (earlier !== undefined) return this.#acceptAgain(earlier, headers);
    const at = this.#options.clock.now();
    const count = countMetrics(request.body, at);
    if (typeof count !== 'number') return this.#refuse(count, headers);
    return this.#accept({ client, seq, count, at, body: request.body }, key, headers);
  }

  async #accept(batch: Batch, key: string | undefined, headers: Headers): Promise<Reply> {
    const { count } = batch;
    const offset = this.#append(batch);
    // From now on, not from the commit on: the same batch may come again while the disk is at work.
    if (key !== undefined) this.#flying.set(key, { count, offset });
    try {
      const position = await offset;
      this.#failure = undefined;
      // Not earlier: batches that a full disk refuses must not push out those that are stored.
      if (key !== undefined) this.#batches.set(key, { count, offset });
      this.#counters.stored += count;
      return this.#accepted(count, position, headers);
    } catch (error) {
      return this.#notStored(error, headers);
    } finally {
      // Stored, it is in #batches by now; if not, it is not known, and the client may try again.
      if (key !== undefined) this.#flying.delete(key);
    }
  }

  /** The same answer as the first time, and no earlier: the first one may still wait for its commit. */
  async #acceptAgain({ count, offset }: Stored, headers: Headers): Promise<Reply> {
    try {
      const position = await offset;
      this.#counters.duplicates++;
      return this.#accepted(count, position, headers);
    } catch (error) {
      return this.#notStored(error, headers);
    }
  }

  #append(batch: Batch): Promise<number> {
    if (this.#committer === undefined) throw new Error('listen() has not opened the file');
    return this.#committer.append(encodeRecord(batch));
  }

  #accepted(count: number, offset: number, headers: Headers): Reply {
    this.#counters.countReply(202);
    return accepted(count, offset, headers);
  }

  #notStored(error: unknown, headers: Headers): Reply {
    if (error instanceof FullError) return this.#refuse(overloaded, headers, 1);
    this.#failure = error;
    return this.#refuse(unavailable, headers, 1);
  }

  #refuse(refusal: Refusal, headers: Headers, retryAfter?: number): Reply {
    this.#counters.countReply(refusal.status);
    if (retryAfter === undefined) return refuse(refusal, headers);
    return refuse(refusal, { ...headers, 'Retry-After': String(retryAfter) });
  }

  #health(headers: Headers): Reply {
    if (this.#failure === undefined) return json(200, { status: 'ok', deps: { disk: 'ok' } }, headers);
    return json(503, { status: 'degraded', deps: { disk: 'failed' } }, headers);
  }

  #report(): string {
    return this.#counters.report({ ingest_clients: this.#clients.size, ingest_batches: this.#batches.size });
  }
}

const defaults = {
  limit: 1_000,
  windowMs: 1_000,
  maxClients: 10_000,
  maxBatches: 50_000,
  maxPending: 4_096,
  maxBytes: 1_048_576,
  graceMs: 5_000,
};

const noClient: Refusal = {
  status: 401,
  code: 'NO_CLIENT',
  message: `send a header Authorization with your id, 1 to ${MAX_CLIENT_ID} characters`,
};
const rateLimited: Refusal = {
  status: 429,
  code: 'RATE_LIMITED',
  message: 'this client has sent too much: wait as long as Retry-After says',
};
const crowded: Refusal = {
  status: 503,
  code: 'OVERLOADED',
  message: 'too many clients: wait as long as Retry-After says',
};
const badSeq: Refusal = {
  status: 400,
  code: 'BAD_SEQ',
  message: 'X-Batch-Seq is a whole number of at most 15 digits',
};
const overloaded: Refusal = {
  status: 503,
  code: 'OVERLOADED',
  message: 'too many batches wait for the disk: send this again later',
};
const unavailable: Refusal = {
  status: 503,
  code: 'QUEUE_UNAVAILABLE',
  message: 'the disk has failed: nothing of this batch is promised',
};

/** No two batches have the same: the number ends at the first space. */
function keyOf(client: string, seq: number): string {
  return `${seq} ${client}`;
}
