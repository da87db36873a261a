/**
 * The load client of server gates: a child process that keeps N connections busy, one request under way on each.
 *
 * It is lean (raw sockets, no HTTP library) so that the server is the limit, and it is not in the judge's process so
 * that neither disturbs the other. Every reply's status is checked, and its body where the gate gave one.
 */
import { Connection } from './connection.ts';
import type { LoadCommand, LoadReport, LoadRequest, LoadTarget } from './protocol.ts';

/** A server that answers nothing for this long has failed. */
const stallMs = 5_000;

const nothing: LoadReport = { requests: 0, ms: 0, clientCpuMs: 0 };
let target: LoadTarget | undefined;
let connections: Connection[] = [];
let turn = 0;

function nextRequest(from: LoadTarget): LoadRequest {
  const request = from.requests[turn++ % from.requests.length];
  if (request === undefined) throw new Error('a server gate needs at least one request');
  return request;
}

async function open(next: LoadTarget): Promise<LoadReport> {
  close();
  target = next;
  if (next.close) return nothing;
  connections = Array.from({ length: next.connections }, () => new Connection(next.port));
  try {
    await within(stallMs, Promise.all(connections.map((connection) => connection.ask(nextRequest(next)))));
    return nothing;
  } catch (error) {
    return { ...nothing, problem: messageOf(error) };
  }
}

/** Closed loop: the next request leaves when the last reply is whole. */
async function run(requests: number, ms: number): Promise<LoadReport> {
  if (target === undefined) throw new Error('open comes first');
  const current = target;
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  let sent = 0;
  let answered = 0;
  let problem: string | undefined;
  const more = (): boolean => sent < requests && problem === undefined && performance.now() - startedAt < ms;
  const loop = async (connection: Connection | undefined): Promise<void> => {
    while (more()) {
      sent++;
      const each = connection ?? new Connection(current.port);
      await each.ask(nextRequest(current));
      answered++;
      if (connection === undefined) each.close();
    }
  };
  const lanes: (Connection | undefined)[] = current.close
    ? Array.from({ length: current.connections }, () => undefined)
    : connections;
  const loops = lanes.map((connection) =>
    loop(connection).catch((error: unknown) => {
      problem ??= messageOf(error);
    }),
  );
  const stalled = watch(() => answered);
  await Promise.race([Promise.all(loops), stalled.promise]).catch((error: unknown) => {
    problem ??= messageOf(error);
  });
  stalled.stop();
  const { user, system } = process.cpuUsage(cpu);
  const report = {
    requests: answered,
    ms: performance.now() - startedAt,
    clientCpuMs: (user + system) / 1000,
  };
  return problem === undefined ? report : { ...report, problem };
}

function close(): LoadReport {
  for (const connection of connections) connection.close();
  connections = [];
  return nothing;
}

/** Rejects when `count` has not moved for a while. */
function watch(count: () => number): { promise: Promise<never>; stop(): void } {
  const { promise, reject } = withReject();
  let seen = -1;
  const timer = setInterval(() => {
    if (count() === seen) reject(new Error(`the server sent no reply for ${stallMs / 1000} s`));
    seen = count();
  }, stallMs);
  return { promise, stop: () => clearInterval(timer) };
}

function withReject(): { promise: Promise<never>; reject: (error: Error) => void } {
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<never>((_, no) => {
    reject = no;
  });
  promise.catch(() => {});
  return { promise, reject };
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  const { promise: late, reject } = withReject();
  const timer = setTimeout(() => reject(new Error(`the server sent no reply for ${ms / 1000} s`)), ms);
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function obey(command: LoadCommand): Promise<LoadReport> {
  if (command.verb === 'open') return open(command.target);
  if (command.verb === 'run') return run(command.requests, command.ms);
  return close();
}

process.on('message', (command: LoadCommand) => {
  void obey(command).then(
    (report) => process.send?.(report),
    (error: unknown) => process.send?.({ ...nothing, problem: messageOf(error) }),
  );
});
// The judge is gone: there is nobody left to measure for.
process.on('disconnect', () => process.exit(0));
