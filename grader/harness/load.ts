/**
 * A closed-loop load from the judge's side: each client sends its next request when it has the reply to the last.
 *
 * A closed loop slows down with the server, so its latencies flatter one that stalls; it is right for "how many
 * requests a second at n clients", which is all that is asked of it here.
 */
import { Agent, type IncomingMessage, request } from 'node:http';

export interface ClosedLoopOptions {
  readonly port: number;
  readonly path: string;
  /** Connections, kept alive; each carries one request at a time. */
  readonly clients: number;
  /** Requests in all. */
  readonly requests: number;
  /** The body of the i-th request, from 0. */
  body(i: number): string;
  /** Default POST. */
  readonly method?: string;
  /** A request without a complete reply by then counts as `timeout`. Default 5 s. */
  readonly timeoutMs?: number;
  /** A client whose connection breaks sends nothing more: for servers that are stopped under load. */
  readonly giveUpOnReset?: boolean;
  /** Called for every reply, in the order of arrival. */
  onReply?(i: number, status: number): void;
}

export interface LoadReport {
  /** Replies of any status over the time from the first request to the last reply. */
  readonly requestsPerSecond: number;
  /** How many requests ended how: `{ '202': 1000, '503': 3, reset: 1 }`. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Sends all requests; resolves when each has ended, one way or another. It never rejects. */
export async function closedLoop(options: ClosedLoopOptions): Promise<LoadReport> {
  const agent = new Agent({ keepAlive: true, maxSockets: options.clients });
  const statuses: Record<string, number> = {};
  const latencies: number[] = [];
  let next = 0;

  const client = async (): Promise<void> => {
    for (let i = next++; i < options.requests; i = next++) {
      const sent = performance.now();
      const outcome = await send(agent, options, options.body(i));
      statuses[outcome] = (statuses[outcome] ?? 0) + 1;
      if (outcome === 'reset' && options.giveUpOnReset === true) return;
      if (typeof outcome !== 'number') continue;
      latencies.push(performance.now() - sent);
      options.onReply?.(i, outcome);
    }
  };

  const began = performance.now();
  await Promise.all(Array.from({ length: options.clients }, client));
  const seconds = (performance.now() - began) / 1_000;
  agent.destroy();
  latencies.sort((a, b) => a - b);
  return {
    requestsPerSecond: latencies.length / seconds,
    statuses,
    p50Ms: nearestRank(latencies, 50),
    p99Ms: nearestRank(latencies, 99),
  };
}

/** The reply's status, or why there was none. */
function send(agent: Agent, options: ClosedLoopOptions, body: string): Promise<number | 'timeout' | 'reset'> {
  const { port, path, method = 'POST', timeoutMs = 5_000 } = options;
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const outgoing = request({ host: '127.0.0.1', port, path, method, agent, headers });
    const timer = setTimeout(() => {
      resolve('timeout');
      outgoing.destroy();
    }, timeoutMs);
    const end = (outcome: number | 'reset'): void => {
      clearTimeout(timer);
      resolve(outcome); // the first outcome wins
    };
    outgoing.on('error', () => end('reset'));
    outgoing.on('response', (reply: IncomingMessage) => {
      reply.on('error', () => end('reset'));
      reply.on('end', () => end(reply.statusCode ?? 0));
      reply.resume();
    });
    outgoing.end(body);
  });
}

function nearestRank(sorted: readonly number[], percent: number): number {
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}
