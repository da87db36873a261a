/** The judge of probe.ts: in its network, it makes a jail as it would for a submission, and prints what came of it. */
import { realpathSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtGraderRoot, packageRoot } from '../core/paths.ts';
import type { Attempt, Targets } from './attacks.ts';
import { subjectLimits } from './limits.ts';
import { sharedRoot } from './network.ts';
import { runJailed } from './run.ts';

const given: Targets = JSON.parse(process.argv[2] ?? '');
const threads = 24;
const processes = [...given.processes, process.pid, process.ppid];
const targets: Targets = { ...given, processes, threads };
const program = join(builtGraderRoot, 'jail', 'attacks.js');
const end = await runJailed(
  {
    command: [process.execPath, program, JSON.stringify(targets)],
    cwd: '/tmp',
    read: [program, join(packageRoot, 'package.json')],
    write: [],
    env: { HOME: '/tmp' },
    // Small ones, which are reached at once; what holds small ones holds others.
    limits: { ...subjectLimits, dataMb: 768, memoryFolderMb: 1, threads },
  },
  { timeoutMs: 10_000, mostBytes: 1_048_576 },
);
if (end.stdout === '')
  throw new Error(`the jail did not start: ${end.stderr.trim() || `exit code ${end.exitCode}`}`);
const own: Attempt[] = [
  { name: 'the judge is not root', held: process.getuid?.() !== 0 || isOnlyRootOfItsOwn() },
  { name: "the judge's temporary files are limited", held: bytesOf(tmpdir()) <= 67_108_864 },
  { name: 'what it shares with submissions is limited', held: bytesOf(sharedRoot()) <= 268_435_456 },
];
process.stdout.write(JSON.stringify([...own, ...(JSON.parse(end.stdout) as Attempt[])]));

function bytesOf(folder: string): number {
  const { blocks, bsize } = statfsSync(realpathSync(folder));
  return blocks * bsize;
}

/** Root of a container without other users is nobody outside of it: the limit on processes holds it. */
function isOnlyRootOfItsOwn(): boolean {
  return process.env.CRAFT_PROBE_ROOT === 'mapped';
}
