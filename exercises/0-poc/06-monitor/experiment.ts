/**
 * Given: how much does the monitor take, and which part of it is the limit? Started by cli.ts.
 *
 * The clients form a closed loop over bare sockets: each sends its next request when it has read the reply to the
 * last. Bare sockets cost a fraction of an HTTP client, so the load generator is not the limit before the server.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boot, type Health } from './monitor.ts';

const secondsPerRun = 4;
const clientCounts = [20, 100, 500];

/** Prints a table of three runs. Without a url it boots a monitor of its own, in this process. */
export async function runLoad(url: string | undefined, batch: number): Promise<void> {
  if (url !== undefined) return measure(url, batch);
  console.log('monitor and load share this process, and so one core: see the lesson for two terminals\n');
  const folder = await mkdtemp(join(tmpdir(), 'craft-monitor-'));
  const monitor = await boot({
    port: 0,
    dataFile: join(folder, 'metrics.jsonl'),
    alertLog: join(folder, 'alerts.jsonl'),
    queueCapacity: 10_000,
    batch: 100,
    maxBody: 1_048_576,
    alertIntervalMs: 10_000,
    graceMs: 2_000,
    rules: [],
  });
  try {
    await measure(`http://localhost:${monitor.port}`, batch);
  } finally {
    await monitor.close();
    await rm(folder, { recursive: true });
  }
}

async function measure(url: string, batch: number): Promise<void> {
  const { hostname, port } = new URL(url);
  const metric = { name: 'cpu_usage', value: 42.5, tags: { host: 'web-1' } };
  const body = JSON.stringify(batch === 1 ? metric : { metrics: Array(batch).fill(metric) });
  const head = `POST /metrics HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\n`;
  const message = Buffer.from(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);

  console.log(
    'clients   accepted/s   metrics/s   p50 (ms)   p99 (ms)   202 (%)   load busy (%)   peak queue',
  );
  for (const clients of [1, ...clientCounts]) {
    const run = await closedLoop(Number(port), hostname, clients, message);
    if (clients === 1) continue; // the first run pays for compiling the code: not measured
    const health = (await (await fetch(`${url}/health`)).json()) as Health;
    const columns = [
      String(clients).padStart(7),
      String(Math.round(run.accepted / run.seconds)).padStart(12),
      String(Math.round((run.accepted * batch) / run.seconds)).padStart(11),
      percentile(run.latencies, 50).toFixed(1).padStart(10),
      percentile(run.latencies, 99).toFixed(1).padStart(10),
      ((100 * run.accepted) / run.latencies.length).toFixed(1).padStart(9),
      (100 * run.busy).toFixed(0).padStart(15),
      String(health.peakDepth).padStart(12),
    ];
    console.log(columns.join(' '));
  }
}

interface Run {
  readonly accepted: number;
  /** Of all replies, ms, sorted. */
  readonly latencies: number[];
  readonly seconds: number;
  /** How much of the time this process's event loop had work: at 1 the load generator may be the limit. */
  readonly busy: number;
}

async function closedLoop(port: number, host: string, clients: number, message: Buffer): Promise<Run> {
  const latencies: number[] = [];
  let accepted = 0;
  const began = performance.now();
  const end = began + (clients === 1 ? 1 : secondsPerRun) * 1_000;
  const before = performance.eventLoopUtilization();

  const client = async (): Promise<void> => {
    const socket = connect({ port, host, noDelay: true });
    const replies = readStatuses(socket);
    while (performance.now() < end) {
      const sent = performance.now();
      socket.write(message);
      const { value: status } = await replies.next();
      if (status === undefined) break; // the server closed the connection
      latencies.push(performance.now() - sent);
      if (status === 202) accepted++;
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: clients }, client));

  const seconds = (performance.now() - began) / 1_000;
  const busy = performance.eventLoopUtilization(before).utilization;
  return { accepted, latencies: latencies.sort((a, b) => a - b), seconds, busy };
}

/** The status of each reply. Enough HTTP for replies that have a content-length. */
async function* readStatuses(socket: Socket): AsyncGenerator<number, undefined> {
  let text = '';
  for await (const chunk of socket) {
    text += (chunk as Buffer).toString('latin1');
    const headEnd = text.indexOf('\r\n\r\n');
    if (headEnd === -1) continue;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1] ?? 0);
    if (text.length < headEnd + 4 + length) continue;
    yield Number(text.slice(9, 12));
    text = text.slice(headEnd + 4 + length);
  }
  return undefined;
}

function percentile(sorted: readonly number[], p: number): number {
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)] ?? Number.NaN;
}
