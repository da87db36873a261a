/**
 * Starts the Node process that student code runs in.
 *
 * A shell stands between craft and that process. It sets the kernel's limit on CPU time, which holds even
 * when craft itself is killed, and it takes the blow when student code kills its parent or its parent's group.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { CraftError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { builtGraderRoot } from '../core/paths.ts';
import type { Build } from '../core/types.ts';
import type { HostOptions } from './protocol.ts';
import { census } from './tree.ts';
import type { SubjectExit } from './types.ts';

const shellScript = [
  // The shell's own stderr is closed, so that its "Killed" is not taken for the student's output.
  'exec 4>&2 2>/dev/null',
  'ulimit -c 0',
  `ulimit -S -t ${limits.cpuSeconds}`,
  // Counts all threads of the user, so there must be room for what runs already. It does not hold root.
  // Bash and zsh call it -u, dash -p.
  '[ "$0" = 0 ] || ulimit -u "$0" || ulimit -p "$0"',
  '"$@" 2>&4 4>&-',
  'exit $?',
].join('\n');

export interface Launched {
  /** The shell, or the jail's first process: leader of the process group. */
  readonly groupPid: number;
  readonly channel: Socket;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Calls back when the shell has ended; what it started may still run. */
  onShellExit(callback: () => void): void;
  /** Resolves when the shell has ended and nobody holds its output any more. */
  readonly ended: Promise<{ exitCode?: number; signal?: string }>;
  /** Found in the environment of everything that descends from it. */
  readonly marker: string;
  /** Processes above the student's Node, with the leader. */
  readonly above: number;
  /** Its working folder, empty at first. */
  readonly scratch: string;
  removeScratch(): void;
}

/** Starts the host somewhere. */
export type Launcher = (options: HostOptions, heapMb: number, build: Build) => Launched;

/** Spawns the host. The environment is clean: no secrets, no NODE_OPTIONS, UTC. */
export function launch(options: HostOptions, heapMb: number): Launched {
  const scratch = mkdtempSync(join(tmpdir(), 'craft-subject-'));
  const marker = `CRAFT_SUBJECT=${scratch}`;
  // Not execa: importing it took a fifth of the CPU time of a run of checks (90 of 345 ms), and nothing of it is needed.
  const child = spawn(
    '/bin/sh',
    ['-c', shellScript, `${threadLimit()}`, process.execPath, ...nodeArguments(options, heapMb)],
    {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      detached: true,
      cwd: scratch,
      env: {
        PATH: '/usr/local/bin:/usr/bin:/bin',
        ...environment(scratch),
      },
    },
  );
  return launchedAs(child, scratch, marker);
}

/** What Node is started with, wherever that is. */
export function nodeArguments(options: HostOptions, heapMb: number): string[] {
  return [
    '--enable-source-maps',
    // Its text explains nothing; the rejection itself is reported by the host.
    '--disable-warning=PromiseRejectionHandledWarning',
    '--disallow-code-generation-from-strings',
    `--max-old-space-size=${heapMb}`,
    join(builtGraderRoot, 'subject', 'host.js'),
    JSON.stringify(options),
  ];
}

export function environment(scratch: string): Readonly<Record<string, string>> {
  return { HOME: scratch, TZ: 'UTC', LANG: 'C.UTF-8', CRAFT_SUBJECT: scratch };
}

/** A process that was spawned as leader of its group, with the channel as its fourth stream. */
export function launchedAs(child: ChildProcess, scratch: string, marker: string): Launched {
  const { pid, stdout, stderr } = child;
  // Without a process there is an error event, which must have a listener, and no id: 0 would mean our own group.
  child.on('error', () => {});
  if (pid === undefined || stdout === null || stderr === null) {
    rmSync(scratch, { recursive: true, force: true });
    throw new CraftError('INTERNAL', { message: 'the system could not start a process' });
  }
  return {
    groupPid: pid,
    channel: child.stdio[3] as Socket,
    onShellExit: (callback) => child.once('exit', callback),
    stdout,
    stderr,
    ended: new Promise((resolve) => {
      child.once('close', (exitCode, signal) => {
        resolve({ ...(exitCode === null ? {} : { exitCode }), ...(signal === null ? {} : { signal }) });
      });
    }),
    marker,
    above: 1,
    scratch,
    removeScratch: () => rmSync(scratch, { recursive: true, force: true, maxRetries: 2 }),
  };
}

/** Threads that the user may have in all; 0 for no limit, where the system does not tell how many there are. */
function threadLimit(): number {
  const now = census();
  return now === undefined ? 0 : now.threads + limits.threads;
}

/** The shell reports the death of its child by a signal as 128 + the signal's number. */
export function exitOf(exitCode: number | undefined, signal: string | undefined): SubjectExit {
  if (exitCode !== undefined && exitCode > 128) {
    const name = Object.entries(constants.signals).find(([, number]) => number === exitCode - 128)?.[0];
    if (name !== undefined) return { exitCode: null, signal: name };
  }
  return { exitCode: exitCode ?? null, signal: signal ?? null };
}
