/** Where a figure was measured: without it, no figure can be compared with another. Nothing here ever throws. */
import { availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';
import type { BenchRun, Machine } from './types.ts';

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.replaceAll(/\s+/g, ' ').trim() || 'unknown',
    cores: availableParallelism(),
    memoryMb: Math.round(totalmem() / 1_048_576),
    platform: `${platform()} ${release()} ${process.arch}`,
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

/**
 * CPU time that everything on this machine has used so far, ms, in steps of 10 ms and more; undefined where the cores
 * that we may use are not all that it counts.
 */
export function machineCpuMs(): number | undefined {
  const all = cpus();
  if (all.length !== availableParallelism()) return undefined;
  return all.reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}

/** The commit of the workspace, and whether files differ from it; null without git, a repository or a commit. */
export async function gitState(root: string): Promise<BenchRun['git']> {
  try {
    const { simpleGit } = await import('simple-git');
    const git = simpleGit({ baseDir: root, timeout: { block: 10_000 } });
    // A user's environment may hold what simple-git refuses to hand on (an editor, a pager); nothing of it is needed.
    git.env({ PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' });
    const commit = (await git.raw('rev-parse', '--verify', 'HEAD')).trim();
    // Without a lock, which could be in the way of the user's own git.
    const changes = await git.raw('--no-optional-locks', 'status', '--porcelain');
    return commit === '' ? null : { commit, dirty: changes.trim() !== '' };
  } catch {
    return null;
  }
}
