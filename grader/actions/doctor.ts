/** `craft doctor`: what on this machine helps or hinders craft, and how to mend it. */
import { execFile } from 'node:child_process';
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { compilerPath } from '../compile/index.ts';
import { errno } from '../core/files.ts';
import type { Workspace } from '../core/types.ts';
import { measureNoise } from '../gate/index.ts';
import { probeTier } from '../jail/index.ts';
import type { DoctorJson, Finding } from '../report/json.ts';
import { ensureLinks, tryFindWorkspace } from '../workspace/index.ts';
import type { Place } from './session.ts';

type Examination = () => Finding | Promise<Finding>;
const run = promisify(execFile);

export async function examine(place: Place): Promise<DoctorJson> {
  const workspace = tryFindWorkspace(place.cwd);
  const folder = workspace?.root ?? place.cwd;
  const examinations: Examination[] = [
    node,
    cores,
    git,
    compiler,
    () => space(folder),
    () => flush(folder),
    noise,
    () => links(workspace),
    jail,
  ];
  const findings: Finding[] = [];
  // One after the other: they would disturb each other's timings.
  for (const look of examinations) findings.push(await look());
  return { schema: 1, findings };
}

/** craft.ts refuses old versions before anything else runs, so this one is good. */
function node(): Finding {
  return {
    id: 'node',
    title: 'Node.js',
    status: 'ok',
    detail: `${process.versions.node} at ${process.execPath}`,
  };
}

function cores(): Finding {
  const count = availableParallelism();
  const base = { id: 'cores', title: 'Cores', detail: String(count) };
  if (count >= 2) return { ...base, status: 'ok' };
  return {
    ...base,
    status: 'warn',
    mend: 'Gates need quiet: with one core, close everything else while they run.',
  };
}

async function git(): Promise<Finding> {
  const base = { id: 'git', title: 'git' };
  try {
    const { stdout } = await run('git', ['--version']);
    return { ...base, status: 'ok', detail: stdout.replace(/^git version /, '').trim() };
  } catch {
    const mend = 'Install it for a history of your own. Without it, craft still keeps every attempt.';
    return { ...base, status: 'warn', detail: 'not found', mend };
  }
}

async function compiler(): Promise<Finding> {
  const base = { id: 'tsc', title: 'TypeScript' };
  try {
    const { stdout } = await run(compilerPath(), ['--version']);
    return { ...base, status: 'ok', detail: stdout.replace(/^Version /, '').trim() };
  } catch (error) {
    const detail = `its compiler does not start (${errno(error) || 'it failed'})`;
    const mend = `It needs a package for ${process.platform}-${process.arch}: run npm ci without --omit=optional.`;
    return { ...base, status: 'bad', detail, mend };
  }
}

function space(folder: string): Finding {
  const base = { id: 'disk', title: 'Disk space' };
  const { bavail, bsize } = statfsSync(folder);
  const megabytes = Math.floor((bavail * bsize) / 1_048_576);
  const detail = megabytes >= 10_240 ? `${Math.floor(megabytes / 1_024)} GB free` : `${megabytes} MB free`;
  if (megabytes >= 1_024) return { ...base, status: 'ok', detail };
  const status = megabytes >= 200 ? 'warn' : 'bad';
  return { ...base, status, detail, mend: 'Some checks write files of 100 MB: free some space.' };
}

/** Time of a small durable write: the median of nine. */
function flush(folder: string): Finding {
  const base = { id: 'flush', title: 'Disk flush' };
  let scratch: string | undefined;
  try {
    scratch = mkdtempSync(join(folder, '.craft-doctor-'));
    const file = openSync(join(scratch, 'probe'), 'w');
    const times = Array.from({ length: 9 }, () => {
      const start = performance.now();
      writeSync(file, 'x'.repeat(4_096));
      fsyncSync(file);
      return performance.now() - start;
    }).sort((a, b) => a - b);
    closeSync(file);
    const ms = times[4] ?? 0;
    const detail = `${ms.toFixed(2)} ms for 4 KB`;
    if (ms < 50) return { ...base, status: 'ok', detail };
    return {
      ...base,
      status: 'warn',
      detail,
      mend: 'A slow disk: nothing fails, but it takes longer. Try a local one.',
    };
  } catch (error) {
    const full = ['ENOSPC', 'EDQUOT'].includes(errno(error));
    const detail = `${folder} cannot be written (${full ? 'the disk is full' : errno(error)})`;
    return { ...base, status: 'bad', detail, mend: full ? 'Free some space.' : 'Check its permissions.' };
  } finally {
    if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
  }
}

async function noise(): Promise<Finding> {
  const { cpuSpread, contention, timerLateMs } = await measureNoise();
  const figures = `CPU time varies by ${Math.round((cpuSpread - 1) * 100)} %, timers are ${timerLateMs.toFixed(1)} ms late`;
  const base = { id: 'noise', title: 'Timing', detail: figures };
  if (contention < 1.3 && cpuSpread < 1.5) return { ...base, status: 'ok' };
  const mend =
    'Something else is using the processor: gates may come back inconclusive. Close other programs.';
  return { ...base, status: 'warn', mend };
}

/** Only who grades needs it; it is tried, not looked for. */
async function jail(): Promise<Finding> {
  const { tier, reason = '', probes } = await probeTier();
  const base = { id: 'jail', title: 'Jail' };
  if (tier === 'sealed') {
    const detail = `holds other people's programs: ${probes.length} attacks came to nothing`;
    return { ...base, status: 'ok', detail };
  }
  return { ...base, status: 'ok', detail: 'none; only craft grade needs it', mend: reason };
}

/** `npx craft` in the workspace must mean this craft: its links are mended here. */
function links(workspace: Workspace | undefined): Finding {
  const base = { id: 'workspace', title: 'Workspace' };
  if (workspace === undefined) {
    const mend = 'Make one with: npx craft init metricstream';
    return { ...base, status: 'warn', detail: 'none around this folder', mend };
  }
  const mend = ensureLinks(workspace)
    .map(({ text }) => text)
    .join(' ');
  return mend === ''
    ? { ...base, status: 'ok', detail: workspace.root }
    : { ...base, status: 'bad', detail: workspace.root, mend };
}
