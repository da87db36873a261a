/**
 * How fast craft answers: cold commands as a user starts them, and craft watch from a save to the verdict on behaviour.
 *
 *   npm run bench:tool -- [--runs 20] [--exercise 0.1]
 *
 * Times are those of the wall clock, which a busy machine stretches: CPU time stands beside them, and the first row
 * is what Node alone takes to start here.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { packageRoot } from '../core/paths.ts';
import { findExercise, loadCurriculum } from '../curriculum/index.ts';
import { createStyle } from '../report/index.ts';
import { watchExercise } from '../watch/watch.ts';

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const { values: flags } = parseArgs({
  options: { runs: { type: 'string', default: '15' }, exercise: { type: 'string', default: '0.1' } },
});
const runs = Number(flags.runs);
const craft = join(packageRoot, 'dist', 'bin', 'craft.js');
const exercise = findExercise(loadCurriculum(), flags.exercise);

interface Sample {
  readonly ms: number;
  /** User and system time of the process and of all it started. */
  readonly cpuMs: number;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function row(name: string, limitMs: number | null, samples: readonly Sample[]): void {
  const times = samples.map(({ ms }) => ms);
  const limit = limitMs === null ? '' : String(limitMs);
  const figures = [median(times), Math.min(...times), median(samples.map(({ cpuMs }) => cpuMs))];
  print(`| ${name} | ${limit} | ${figures.map((figure) => Math.round(figure)).join(' | ')} |`);
}

/** One program from start to end; the shell knows the CPU time of all its processes. */
function cold(args: readonly string[], cwd: string): Sample {
  const script = `TIMEFORMAT='%R %U %S'; time "$0" "$@" >/dev/null 2>&1`;
  // Reading extra certificates costs every start of Node 30-55 ms, whatever it starts.
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
  const { stderr } = spawnSync('bash', ['-c', script, process.execPath, ...args], {
    cwd,
    env,
    encoding: 'utf8',
  });
  const [wall = 0, user = 0, system = 0] = stderr.trim().split(' ').map(Number);
  return { ms: wall * 1_000, cpuMs: (user + system) * 1_000 };
}

function repeat(args: readonly string[], cwd: string): Sample[] {
  return Array.from({ length: runs }, () => cold(args, cwd));
}

/**
 * craft watch in this process, on a terminal that is not there. Each save changes a comment in a wrong solution (a
 * right one would go on to its gate), and is answered when the screen is drawn anew.
 */
async function watched(root: string, file: string, wrong: string): Promise<Sample[]> {
  const stdout = new PassThrough();
  const stdin = new PassThrough();
  let drawn = (): void => {};
  stdout.on('data', (chunk: Buffer) => {
    if (chunk.includes('\u001b[2J') && chunk.includes('behaviour (')) drawn();
  });
  const answer = (): Promise<void> =>
    new Promise((resolve) => {
      drawn = resolve;
    });
  writeFileSync(file, wrong);
  const first = answer();
  const terminal = { stdin, stdout, isTTY: true, signal: new AbortController().signal };
  const style = createStyle({ env: {}, isTTY: false, columns: 100 });
  const session = watchExercise({ cwd: root, onNotice: () => {} }, exercise.number, terminal, style);
  await first;
  const samples: Sample[] = [];
  for (let i = 0; i < runs; i++) {
    // Nobody saves again in the moment of the verdict; who looks at it has given craft the time to get ready.
    await setTimeout(1_000);
    const next = answer();
    const started = performance.now();
    const before = process.cpuUsage();
    writeFileSync(file, `${wrong}// save ${i}\n`);
    await next;
    const { user, system } = process.cpuUsage(before);
    samples.push({ ms: performance.now() - started, cpuMs: (user + system) / 1_000 });
  }
  stdin.write('q');
  await session;
  return samples;
}

const folder = mkdtempSync(join(tmpdir(), 'craft-speed-'));
try {
  const workspace = join(folder, 'ws');
  cold([craft, 'init', workspace], folder);
  const [name = ''] = exercise.files;
  const file = join(workspace, 'exercises', exercise.id, name);
  const load = (): string => loadavg()[0]?.toFixed(1) ?? '';
  print(
    `${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.versions.node}, ` +
      `${new Date().toISOString().slice(0, 10)}, load average ${load()}; ${runs} runs each\n`,
  );
  print('| command | limit (ms) | median | fastest | CPU |\n|---|---|---|---|---|');
  row('node -e 0', null, repeat(['-e', '0'], workspace));
  for (const command of ['list', 'next', 'hint']) {
    row(`craft ${command}`, 120, repeat([craft, command], workspace));
  }
  const verify = [craft, 'verify', exercise.number, '--only', 'behaviour'];
  row(`craft ${verify.slice(1).join(' ')}, the stub`, null, repeat(verify, workspace));
  copyFileSync(join(packageRoot, 'solutions', exercise.id, name), file);
  row(`craft ${verify.slice(1).join(' ')}, the solution`, 1_200, repeat(verify, workspace));
  const student = join(packageRoot, 'grader/fixtures/students/queue/throws-when-full/queue.ts');
  const stub = join(exercise.directory, name);
  const wrong = readFileSync(exercise.slug === 'queue' ? student : stub, 'utf8');
  row('craft watch, from save to verdict', 400, await watched(workspace, file, wrong));
  print(`\nLoad average at the end: ${load()}.`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
