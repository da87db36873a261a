/** Other load generators as programs: what each says about the same load, in the same units. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const scratch = mkdtempSync(join(tmpdir(), 'craft-load-bench-'));
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));

export interface Sample {
  readonly rate: number;
  /** CPU time of the generator per request, microseconds. */
  readonly cpu: number;
  /** ms */
  readonly p50: number;
  /** Of what was measured; NaN where the program does not print it. */
  readonly p99: number;
  /** With the latencies that would have followed a long one, as wrk adds them; NaN where nobody did. */
  readonly filledP99: number;
}

/** A metric as long as ours; the others can only repeat themselves. */
const body = JSON.stringify({
  name: 'http.request.duration',
  value: 42.125,
  timestamp: 1_700_000_000_000,
  tags: { host: 'web-01', region: 'eu-west-1', service: 'checkout', path: '/cart' },
});
const bodyFile = join(scratch, 'body.json');
writeFileSync(bodyFile, body);

const script = join(scratch, 'post.lua');
writeFileSync(
  script,
  `wrk.method = "POST"
wrk.body = [==[${body}]==]
wrk.headers["Content-Type"] = "application/json"
function done(summary, latency)
  local failed = summary.errors.status + summary.errors.timeout + summary.errors.read + summary.errors.connect
  io.write(string.format("figures %d %d %d %f %f\\n", summary.requests, summary.duration, failed,
    latency:percentile(50), latency:percentile(99)))
end
`,
);

interface Run {
  readonly text: string;
  readonly cpuMs: number;
}

/** One program from start to end; the shell knows the CPU time of all its processes. */
function run(command: string, args: readonly string[]): Run {
  const timed = `TIMEFORMAT='%U %S'; time "$0" "$@" 2>&1`;
  const { stdout, stderr } = spawnSync('bash', ['-c', timed, command, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const [user = 0, system = 0] = (stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  return { text: stdout, cpuMs: (user + system) * 1_000 };
}

/** The numbers that a pattern finds; a program that says something else than expected has failed. */
function numbers(text: string, pattern: RegExp): number[] {
  const found = pattern.exec(text);
  if (found === null) throw new Error(`no ${pattern} in:\n${text.slice(-2_000)}`);
  return found.slice(1).map(Number);
}

function runWrk(url: string, connections: number, seconds: number): Sample {
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-s', script, url];
  const { text, cpuMs } = run('wrk', args);
  const pattern = /^figures (\d+) (\d+) (\d+) ([\d.]+) ([\d.]+)$/m;
  const [requests = 0, microseconds = 0, failed = 0, p50 = 0, p99 = 0] = numbers(text, pattern);
  if (failed > 0 || requests === 0) throw new Error(`wrk: ${failed} of ${requests} failed`);
  return {
    rate: requests / (microseconds / 1e6),
    cpu: (cpuMs * 1_000) / requests,
    p50: p50 / 1_000,
    // It adds them before it prints anything.
    p99: Number.NaN,
    filledP99: p99 / 1_000,
  };
}

function runAb(url: string, connections: number, seconds: number): Sample {
  const load = ['-q', '-k', '-r', '-c', String(connections), '-t', String(seconds), '-n', '100000000'];
  const { text, cpuMs } = run('ab', [...load, '-p', bodyFile, '-T', 'application/json', url]);
  const [requests = 0] = numbers(text, /^Complete requests: +(\d+)/m);
  const [rate = 0] = numbers(text, /^Requests per second: +([\d.]+)/m);
  const [p50 = 0] = numbers(text, /^ +50% +(\d+)/m);
  const [p99 = 0] = numbers(text, /^ +99% +(\d+)/m);
  return { rate, cpu: (cpuMs * 1_000) / requests, p50, p99, filledP99: Number.NaN };
}

function runAutocannon(url: string, connections: number, seconds: number): Sample {
  const load = ['-c', String(connections), '-d', String(seconds), '-m', 'POST', '-i', bodyFile];
  const args = [...load, '-H', 'Content-Type: application/json', '--json', '--no-progress', url];
  const { text, cpuMs } = run('autocannon', args);
  const report = JSON.parse(text.slice(text.indexOf('{'))) as {
    '2xx': number;
    duration: number;
    latency: { p50: number; p99: number };
  };
  const done = report['2xx'];
  const { p50, p99 } = report.latency;
  return { rate: done / report.duration, cpu: (cpuMs * 1_000) / done, p50, p99, filledP99: Number.NaN };
}

/** One load of so many seconds. */
export type Generator = (url: string, connections: number, seconds: number) => Sample | Promise<Sample>;

/** Those that are on the PATH. */
export const rivals: Readonly<Record<string, Generator>> = Object.fromEntries(
  Object.entries({ wrk: runWrk, ab: runAb, autocannon: runAutocannon }).filter(
    ([name]) => spawnSync('bash', ['-c', `command -v ${name}`]).status === 0,
  ),
);
