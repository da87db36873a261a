/** Starts the Node process that student code runs in, in a jail: the judge is safe from it, and so is everybody else. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtGraderRoot, packageRoot } from '../core/paths.ts';
import type { Build } from '../core/types.ts';
import { closeFilter, jailed, openFilter, subjectLimits } from '../jail/index.ts';
import { environment, type Launched, launchedAs, nodeArguments } from './launch.ts';
import type { HostOptions } from './protocol.ts';

/** The streams and the channel come first. */
const FILTER = 4;

/** What host.js and drivers import. */
const parts = ['core', 'subject', 'harness', 'simulation'];

/** Spawns the host. It sees what it needs to run, and of the checks nothing that judges. */
export function launchJailed(options: HostOptions, heapMb: number, build: Build): Launched {
  const scratch = mkdtempSync(join(tmpdir(), 'craft-subject-'));
  const { driverDirectory } = options;
  const { shared } = build.jail ?? {};
  const filter = openFilter();
  try {
    const { command, args, env } = jailed({
      command: [process.execPath, ...nodeArguments(options, heapMb)],
      cwd: scratch,
      read: [
        ...parts.map((name) => join(builtGraderRoot, name)),
        // It says that these are modules.
        join(packageRoot, 'package.json'),
        ...(driverDirectory === undefined ? [] : driverFiles(driverDirectory)),
        build.output,
      ],
      write: shared === undefined ? [] : [shared],
      memory: [scratch],
      env: environment(scratch),
      limits: subjectLimits,
      ...(filter === undefined ? {} : { filter: FILTER }),
    });
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', ...(filter === undefined ? [] : [filter])],
      detached: true,
      env,
    });
    // Bubblewrap and the first process of the jail.
    return { ...launchedAs(child, scratch, `CRAFT_SUBJECT=${scratch}`), above: 2 };
  } finally {
    closeFilter(filter);
  }
}

const known = new Map<string, readonly string[]>();

/** Files of a folder of checks that run beside the student's code. What speaks to vitest judges, and stays outside. */
function driverFiles(folder: string): readonly string[] {
  const before = known.get(folder);
  if (before !== undefined) return before;
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.js') && !['behaviour.test.js', 'gate.js', 'mutants.js'].includes(name))
    .map((name) => join(folder, name))
    .filter(
      (path) => !/\bfrom\s*['"][^'"]*\/(?:harness|gate)\/index\.js['"]/.test(readFileSync(path, 'utf8')),
    );
  known.set(folder, files);
  return files;
}
