/**
 * How often the ratio rule is right: the same work against itself and against slower versions, on a quiet machine, with
 * two busy loops, and with bursts.
 *
 *   npm run bench:gates -- [--cpu] [--decisions 20] [--limit 1.5] [--conditions quiet,loaded,bursts] [--versions 100,125,200] [--save launches.jsonl]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { newSeed } from '../core/random.ts';
import { build, driverDirectory, parserGate, serverGate } from '../fixtures/gate/gates.ts';
import { startSubject } from '../subject/index.ts';
import type { Decision } from './decision.ts';
import { runHttp } from './http.ts';
import { type HttpLaunch, launchCost } from './httprule.ts';
import { launchRatio, type RatioLaunch, runRatio } from './ratio.ts';
import { Session } from './session.ts';
import { highest, lowest, median, short } from './statistics.ts';

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const { values: flags } = parseArgs({
  options: {
    cpu: { type: 'boolean', default: false },
    decisions: { type: 'string', default: '20' },
    limit: { type: 'string', default: '1.5' },
    conditions: { type: 'string', default: 'quiet,loaded' },
    versions: { type: 'string', default: '100,125,200' },
    save: { type: 'string' },
  },
});
const limit = Number(flags.limit);

/** What else the machine does meanwhile: one process per core. */
const conditions: Record<string, string | undefined> = {
  quiet: undefined,
  loaded: 'for (;;);',
  bursts:
    'setInterval(() => { const end = Date.now() + 100 + 500 * Math.random(); while (Date.now() < end); }, 1000)',
};

interface Trial {
  readonly decision: Decision;
  /** One ratio per launch. */
  readonly ratios: readonly number[];
  readonly seconds: number;
}

async function decide(version: string, condition: string): Promise<Trial> {
  const scratchRoot = mkdtempSync(join(tmpdir(), 'craft-gate-bench-'));
  const { signal } = new AbortController();
  const session = new Session({
    build,
    driverDirectory,
    start: startSubject,
    seed: newSeed(),
    signal,
    scratchRoot,
    progress: () => {},
  });
  const startedAt = performance.now();
  const cpuLaunches: RatioLaunch[] = [];
  const httpLaunches: HttpLaunch[] = [];
  try {
    const decision = flags.cpu
      ? await runRatio(parserGate(`parse${version}`, limit), session, cpuLaunches)
      : await runHttp(serverGate(`serve${version}`, limit), session, httpLaunches);
    const seconds = (performance.now() - startedAt) / 1000;
    const ratios = flags.cpu ? cpuLaunches.map(launchRatio) : httpLaunches.map(launchCost);
    const launches = flags.cpu ? cpuLaunches : httpLaunches;
    if (flags.save !== undefined) {
      appendFileSync(flags.save, `${JSON.stringify({ version, condition, limit, decision, launches })}\n`);
    }
    return { decision, ratios, seconds };
  } finally {
    await session.close();
    rmSync(scratchRoot, { recursive: true, force: true });
  }
}

function startLoad(script: string | undefined): () => void {
  if (script === undefined) return () => {};
  const loops: ChildProcess[] = cpus().map(() =>
    spawn(process.execPath, ['-e', script], { stdio: 'ignore' }),
  );
  const stop = (): void => {
    for (const loop of loops) loop.kill('SIGKILL');
  };
  process.once('exit', stop);
  // Without this a Ctrl-C would leave the loops running.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  return stop;
}

function row(version: string, condition: string, trials: readonly Trial[]): string {
  const count = (outcome: Decision['outcome']) =>
    trials.filter(({ decision }) => decision.outcome === outcome).length;
  const spread = median(trials.map(({ ratios }) => highest(ratios) / lowest(ratios) - 1));
  const measured = trials.map(({ decision }) => decision.measured ?? Number.NaN);
  const cells = [
    `${Number(version) / 100} x`,
    condition,
    count('passed'),
    count('failed'),
    count('inconclusive'),
    short(median(measured)),
    `${short(lowest(measured))}-${short(highest(measured))}`,
    `${Math.round(spread * 100)} %`,
    short(median(trials.map(({ ratios }) => ratios.length))),
    short(median(trials.map(({ seconds }) => seconds))),
  ];
  return `| ${cells.join(' | ')} |`;
}

async function main(): Promise<void> {
  const versions = flags.versions.split(',');
  print(
    `${flags.cpu ? 'CPU' : 'HTTP'} ratio, limit ${short(limit)}, ${flags.decisions} decisions a row; ${availableParallelism()} cores, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}\n`,
  );
  print(
    '| version | machine | pass | fail | inconclusive | median ratio | range | between launches | launches | seconds |',
  );
  print('|---|---|---|---|---|---|---|---|---|---|');
  for (const condition of flags.conditions.split(',')) {
    if (!(condition in conditions))
      throw new Error(`unknown condition ${condition}: ${Object.keys(conditions).join(', ')}`);
    const stop = startLoad(conditions[condition]);
    const trials = new Map(versions.map((version) => [version, [] as Trial[]]));
    try {
      // Versions in turn, so that a slow hour does not fall on one of them.
      for (let i = 0; i < Number(flags.decisions); i++) {
        for (const version of versions) trials.get(version)?.push(await decide(version, condition));
      }
    } finally {
      stop();
    }
    for (const [version, done] of trials) print(row(version, condition, done));
  }
}

await main();
